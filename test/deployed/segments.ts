/**
 * Reads a deployed log from its segments alone: records are produced and roll, their entries are deleted behind Millrace's back, and
 * the API still answers with every one of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoClient, createS3Client } from '../../lib/adapters/aws/clients.ts';
import { DynamoItemTable } from '../../lib/adapters/aws/item-table.ts';
import { S3ObjectStore } from '../../lib/adapters/aws/object-store.ts';
import { entrySk, logKeyOf } from '../../lib/log/catalogue.ts';
import { call } from './call.ts';
import type { Deployed } from './deployed.ts';

const TOPIC = 'rolled-and-read';
const RECORDS = 40;

/** From the last append until a segment has it: the stream is read within a minute, the roll takes seconds. */
const ROLLED_WITHIN_MS = 150_000;

const json = 'application/vnd.kafka.json.v2+json';

/** @returns what was seen */
export async function readFromSegments(deployed: Deployed): Promise<string> {
  const { url } = deployed;
  const clusters = await call(`${url}/v3/clusters`);
  const cluster = `${url}/v3/clusters/${clusters.data[0].cluster_id}`;
  const configs = [{ name: 'segment.bytes', value: '500' }];
  await call(`${cluster}/topics`, { topic_name: TOPIC, partitions_count: 1, configs });
  const values = Array.from({ length: RECORDS }, (_, index) => ({ index }));
  for (const value of values) await call(`${url}/topics/${TOPIC}`, { records: [{ value }] }, json);
  const segments = await rolledSegments(`${cluster}/topics/${TOPIC}/partitions/0/segments`);
  const rolled = (segments.at(-1)?.last_offset ?? -1) + 1;

  const deleted = await deleteEntries(deployed, rolled);
  const read = await readRecords(url, rolled);
  const expected = JSON.stringify(values.slice(0, rolled));
  if (JSON.stringify(read) !== expected) throw new Error(`read ${JSON.stringify(read)}, expected ${expected}`);
  return `${read.length} records read back from ${segments.length} segments, ${deleted} entries deleted`;
}

/** Once most of the log is in segments. */
async function rolledSegments(list: string): Promise<readonly { readonly last_offset: number }[]> {
  for (const until = performance.now() + ROLLED_WITHIN_MS; performance.now() < until; await sleep(500)) {
    const { data } = await call(list);
    if ((data.at(-1)?.last_offset ?? 0) >= RECORDS / 2) return data;
  }
  throw new Error(`no segment after ${ROLLED_WITHIN_MS} ms: is the stream read, and maintenance started?`);
}

/** Deletes what is rolled; the bucket has segments of one topic, which are found by it. */
async function deleteEntries({ client, logTable, bucket }: Deployed, below: number): Promise<number> {
  const objects = new S3ObjectStore(createS3Client(client), bucket);
  const log = new DynamoItemTable(createDynamoClient(client), logTable);
  const topicIds = new Set<string>();
  for await (const { key } of objects.list('segments/')) topicIds.add(key.split('/')[1] ?? '');
  const [topicId] = topicIds;
  if (topicId === undefined || topicIds.size > 1) throw new Error(`the bucket has segments of ${topicIds.size} topics`);
  const range = { pk: logKeyOf({ topicId, partition: 0 }), from: entrySk(0), to: entrySk(below - 1) };
  const { items } = await log.query(range);
  for (const item of items) await log.delete(item, item.version);
  const { items: left } = await log.query(range);
  if (items.length === 0 || left.length > 0)
    throw new Error(`${items.length} entries were there, ${left.length} are left`);
  return items.length;
}

async function readRecords(url: string, below: number): Promise<unknown[]> {
  const values: unknown[] = [];
  while (values.length < below) {
    const query = `offset=${values.length}&timeout=1000&max_bytes=600`;
    const records = await call(`${url}/topics/${TOPIC}/partitions/0/records?${query}`, undefined, json);
    if (records.length === 0) throw new Error(`nothing at offset ${values.length} of ${below}`);
    values.push(...records.map(({ value }: { value: unknown }) => value));
  }
  return values.slice(0, below);
}
