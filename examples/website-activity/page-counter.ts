/**
 * The function that `click` invokes: counts the views of each page in the compacted topic `page-counts`. It is a Lambda function like any
 * other behind a Kafka cluster, and runs on one machine as it is.
 *
 * A batch may come again, for the function may die after it has stored its counts and before it can say so. Each click counts once all
 * the same: with a page's views stands the offset up to which they are counted, and what is at or below it is passed over.
 *
 * That takes one writer at a time. Batches of one partition follow one another, and each partition of `click` is counted in a partition
 * of its own. Nothing is remembered from batch to batch, for the next one may go to another process: what is stored is read again.
 */
import type { SelfManagedKafkaEvent, SelfManagedKafkaRecord } from 'aws-lambda';
import type { JsonRecord, ReadRecord } from '../../lib/client/api-shapes.ts';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { pageOf, type Visit } from './access-log.ts';
import { BATCHES, type BatchCount, checkCount, countsTopicOf, type PageCount } from './page-counts.ts';

export async function handler(event: SelfManagedKafkaEvent): Promise<void> {
  // on one machine an event says where it comes from
  const url = process.env.MILLRACE_URL ?? `http://${event.bootstrapServers}`;
  const client = new MillraceClient({ url });
  for (const records of Object.values(event.records)) await countViews(client, records);
}

/** @param records of one partition @throws Error where the counts are not stored, or may not be: the batch is to come again */
export async function countViews(client: MillraceClient, records: readonly SelfManagedKafkaRecord[]): Promise<void> {
  const [first] = records;
  if (!first) return;
  const at = { topic: countsTopicOf(first.topic), partition: first.partition };
  const views = viewsByPage(records);
  const pages = [...views.keys()];
  const [batches, ...before] = await client.latest({ ...at, keys: [BATCHES, ...pages] });
  const counts = pages.flatMap((page, index) => countOf(page, views.get(page) ?? [], before[index]));
  const isAgain = pages.length > 0 && counts.length === 0;
  const results = await client.produce({ ...at, records: [...counts, batchesAfter(batches, isAgain)] });
  for (const result of results) if ('error' in result) throw new Error(`a count was not stored: ${result.error}`);
}

/** The offsets of each page's views, in their order. */
function viewsByPage(records: readonly SelfManagedKafkaRecord[]): ReadonlyMap<string, readonly number[]> {
  const views = new Map<string, number[]>();
  for (const record of records) {
    const page = pageIn(record);
    if (page !== undefined) views.set(page, [...(views.get(page) ?? []), record.offset]);
  }
  return views;
}

/** Nothing where the record is no view. */
function pageIn({ value }: SelfManagedKafkaRecord): string | undefined {
  const visit: Partial<Visit> | null = JSON.parse(Buffer.from(value ?? '', 'base64').toString() || 'null');
  return typeof visit?.path === 'string' ? pageOf({ path: visit.path }) : undefined;
}

/** The page's new count; none where all of its views are counted. */
function countOf(page: string, offsets: readonly number[], stored: ReadRecord | undefined): readonly JsonRecord[] {
  const before = stored ? (checkCount(stored).value as PageCount) : { views: 0, offset: -1 };
  const fresh = offsets.filter(offset => offset > before.offset);
  const last = fresh.at(-1);
  if (last === undefined) return [];
  const value: PageCount = { views: before.views + fresh.length, offset: last };
  return [{ key: page, value }];
}

function batchesAfter(stored: ReadRecord | undefined, isAgain: boolean): JsonRecord {
  const before = stored ? (checkCount(stored).value as BatchCount) : { batches: 0, again: 0 };
  const value: BatchCount = { batches: before.batches + 1, again: before.again + (isAgain ? 1 : 0) };
  return { key: BATCHES, value };
}
