/** The client against a real server, whose answers get lost. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { PartitionReader } from '../../lib/client/partition-reader.ts';
import { TopicProducer } from '../../lib/client/topic-producer.ts';
import { type RunningServer, startServer } from '../../lib/embedded/server.ts';
import { FakeTiming } from './fake-millrace.ts';
import { losingAnswers } from './losing-answers.ts';

const PARTITIONS = 3;

let dataFolder: string;
let server: RunningServer;

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'millrace-client-'));
  server = await startServer({ host: '127.0.0.1', port: 0, dataFolder });
});

afterAll(async () => {
  await server.close();
  await rm(dataFolder, { recursive: true });
});

const newClient = (fetch = globalThis.fetch) =>
  new MillraceClient({ url: server.url, fetch, timing: new FakeTiming() });

async function readAll(client: MillraceClient, topic: string, partition: number): Promise<unknown[]> {
  const end = await client.listOffset({ topic, partition }, { kind: 'latest' });
  const reader = new PartitionReader(client, { topic, partition, offset: 0 });
  const values: unknown[] = [];
  if (end === 0) return values;
  for await (const { records, nextOffset } of reader) {
    values.push(...records.map(({ value }) => value));
    if (nextOffset >= end) break;
  }
  return values;
}

describe('the client', () => {
  it('chooses the partition that the server chooses', async () => {
    const client = newClient();
    for (const topic of ['by-client', 'by-server']) await client.createTopic({ topic, partitions: PARTITIONS });
    const keys = ['21', 'foobar', 'abc', '', '83.149.9.216', 'Zürich', 'a "quoted" key', '日本\u2028'];
    const records = keys.map(key => ({ key, value: key }));

    const producer = await TopicProducer.open(client, { topic: 'by-client' });
    for (const record of records) await producer.send(record);
    await producer.flush();
    const headers = { 'content-type': 'application/vnd.kafka.json.v2+json' };
    await fetch(`${server.url}/topics/by-server`, { method: 'POST', headers, body: JSON.stringify({ records }) });

    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(await readAll(client, 'by-client', partition)).toEqual(await readAll(client, 'by-server', partition));
    }
  });

  it.each([1, 2, 3])('stores each record once, in order, where answers get lost (seed %i)', async seed => {
    const topic = `lossy-${seed}`;
    await newClient().createTopic({ topic, partitions: 1 });
    const lossy = losingAnswers(globalThis.fetch, { seed, share: 0.4 });
    const producer = await TopicProducer.open(newClient(lossy.fetch), { topic, recordsPerBatch: 3 });
    const values = Array.from({ length: 100 }, (_, value) => value);
    for (const value of values) await producer.send({ key: 'k', value });
    await producer.flush();
    expect(lossy.lost()).toBeGreaterThan(5);
    expect(await readAll(newClient(), topic, 0)).toEqual(values);
  });

  it('finds a record by its time', async () => {
    const client = newClient();
    const at = { topic: 'by-time', partition: 0 };
    await client.createTopic({ topic: at.topic, partitions: 1, config: { 'retention.ms': '-1' } });
    await client.produce({
      ...at,
      records: [1_000, 3_000, 2_000].map(timestamp => ({ key: null, value: 0, timestamp })),
    });
    const since = (timestamp: number) => client.listOffset(at, { kind: 'timestamp', timestamp });
    expect(await Promise.all([since(0), since(1_001), since(3_001)])).toEqual([0, 1, -1]);
    expect(await client.listOffset(at, { kind: 'earliest' })).toBe(0);
  });

  it('says that a topic exists', async () => {
    const client = newClient();
    await client.createTopic({ topic: 'twice', partitions: 2 });
    expect(await client.partitionCount('twice')).toBe(2);
    const again = client.createTopic({ topic: 'twice', partitions: 2 });
    await expect(again).rejects.toMatchObject({ code: 'TOPIC_ALREADY_EXISTS', status: 400 });
  });

  it('says that a topic is unknown', async () => {
    const unknown = newClient().read({ topic: 'nobody', partition: 0, offset: 0 });
    await expect(unknown).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', outcome: 'not-applied' });
  });
});
