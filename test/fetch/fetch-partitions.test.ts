import { describe, expect, it } from 'vitest';
import { type FetchPartition, type FetchResult, fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import { listOffset } from '../../lib/fetch/list-offsets.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { textsOf } from '../support/batches.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores } from '../support/memory-services.ts';

const MIB = 1 << 20;

async function topicOf(partitions: number) {
  const stores = memoryStores();
  const { services } = stores.worker();
  await createTopic(services, { name: 't', partitions });
  return { stores, services };
}

const put = (services: LogServices, partition: number, value: string) =>
  produceRecords(services, {
    topic: 't',
    records: [{ key: null, value: Buffer.from(value), partition }],
    deadline: FAR,
  });

const from = (partition: number, offset = 0, maxBytes = MIB): FetchPartition => ({
  topic: 't',
  partition,
  offset,
  maxBytes,
});

const fetch = (services: LogServices, partitions: readonly FetchPartition[], maxBytes = MIB) =>
  fetchPartitions(services, { partitions, maxBytes, maxWaitMs: 0, minBytes: 1 });

const shown = (results: readonly FetchResult[]) =>
  results.map(result => ('error' in result ? result.error.code : textsOf(result.batches)));

describe('a fetch of many partitions', () => {
  it('answers each in the order asked, an error being that partition alone', async () => {
    const { services } = await topicOf(3);
    await put(services, 0, 'a');
    await put(services, 2, 'c');
    const results = await fetch(services, [from(2), from(0), from(1), from(9), from(0, 5)]);
    expect(shown(results)).toEqual([['0:c'], ['0:a'], [], 'UNKNOWN_PARTITION', 'OFFSET_OUT_OF_RANGE']);
  });

  it('shares the bytes asked for, and the first that has anything gives a batch whatever its size', async () => {
    const { services } = await topicOf(20);
    for (let partition = 0; partition < 20; partition++) await put(services, partition, 'x'.repeat(400));
    const all = Array.from({ length: 20 }, (_, partition) => from(partition));
    const counts = async (maxBytes: number) =>
      shown(await fetch(services, all, maxBytes)).filter(texts => texts.length > 0);
    expect(await counts(1)).toHaveLength(1);
    expect((await counts(2_500)).length).toBe(5);
  });

  it('says where to go on, also where nothing fitted', async () => {
    const { services } = await topicOf(2);
    for (const partition of [0, 1]) await put(services, partition, 'x'.repeat(400));
    expect(await fetch(services, [from(0), from(1)], 1)).toMatchObject([
      { nextOffset: 1, highWatermark: 1 },
      { nextOffset: 0, highWatermark: 1, batches: [] },
    ]);
  });
});

describe('a fetch at the end', () => {
  it('waits until a record comes, and is woken by it', async () => {
    const { stores, services } = await topicOf(1);
    const waiting = fetchPartitions(services, { partitions: [from(0)], maxBytes: MIB, maxWaitMs: 10_000, minBytes: 1 });
    await new Promise(resolve => setTimeout(resolve, 5));
    const since = performance.now();
    await put(services, 0, 'a');
    expect(shown(await waiting)).toEqual([['0:a']]);
    expect(performance.now() - since).toBeLessThan(40);
    expect(stores.clock.monotonic()).toBe(0);
  });

  it('looks no more once nobody waits for its answer', async () => {
    const { stores } = await topicOf(1);
    const { services, calls } = stores.worker();
    let looks = 0;
    const isAbandoned = () => ++looks > 2;
    const waiting = fetchPartitions(services, {
      partitions: [from(0)],
      maxBytes: MIB,
      maxWaitMs: 60_000,
      minBytes: 1,
      isAbandoned,
    });
    expect(await waiting).toMatchObject([{ batches: [] }]);
    expect(calls.filter(({ operation }) => operation === 'query').length).toBeLessThan(8);
  });

  it('answers empty when its time has passed', async () => {
    const { stores, services } = await topicOf(1);
    const request = { partitions: [from(0)], maxBytes: MIB, maxWaitMs: 100, minBytes: 1 };
    const waiting = fetchPartitions(services, request);
    await stores.clock.advance(100);
    expect(await drive(stores.clock, waiting)).toMatchObject([{ batches: [], nextOffset: 0, highWatermark: 0 }]);
  });
});

it('lists the offsets of a partition by what they mean', async () => {
  const { services } = await topicOf(1);
  const offsetOf = async (spec: Parameters<typeof listOffset>[1]['spec']) =>
    (await listOffset(services, { topic: 't', partition: 0, spec })).offset;
  expect(await offsetOf({ kind: 'max-timestamp' })).toBe(-1);
  for (const timestamp of [10, 30, 20]) {
    const records = [{ key: null, value: null, timestamp }];
    await produceRecords(services, { topic: 't', records, deadline: FAR });
  }
  expect(await offsetOf({ kind: 'earliest' })).toBe(0);
  expect(await offsetOf({ kind: 'latest' })).toBe(3);
  expect(await offsetOf({ kind: 'max-timestamp' })).toBe(1);
  expect(await offsetOf({ kind: 'timestamp', timestamp: 11 })).toBe(1);
  expect(await offsetOf({ kind: 'timestamp', timestamp: 31 })).toBe(-1);
});
