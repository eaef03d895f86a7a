/**
 * What each operation costs in requests, on the DynamoDB and S3 adapters: the budget of docs/architecture.md, counted on the
 * wire with every attempt of the SDK.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { type CountedStores, openCountedStores } from './counted-stores.ts';

let stores: CountedStores;
let topics = 0;
let name = '';

const worker = () => stores.worker();
const requestsOf = (call: () => Promise<unknown>) => stores.requestsOf(call);

beforeAll(async () => {
  stores = await openCountedStores();
});

afterAll(() => stores.close());

beforeEach(async () => {
  name = `topic-${topics++}`;
  await createTopic(worker(), { name });
});

interface Sent {
  readonly sizeInBytes?: number;
  readonly producer?: { readonly producerId: number; readonly epoch: number; readonly sequence: number };
}

async function produce(services: LogServices, { sizeInBytes = 100, producer }: Sent = {}): Promise<void> {
  // bytes that no codec makes smaller
  const value = crypto.getRandomValues(new Uint8Array(sizeInBytes));
  const deadline = deadlineIn(services.clock, 20_000);
  const records = [{ key: null, value, partition: 0 }];
  const [result] = await produceRecords(services, { topic: name, records, producer, deadline });
  if (!result || 'error' in result) throw result?.error ?? new Error('no result');
}

async function fetch(services: LogServices, offset: number, maxBytes = 1 << 20): Promise<void> {
  const partitions = [{ topic: name, partition: 0, offset, maxBytes }];
  const [result] = await fetchPartitions(services, { partitions, maxBytes, maxWaitMs: 0, minBytes: 1 });
  if (!result || 'error' in result) throw result?.error ?? new Error('no result');
}

describe('an append by a warm worker', () => {
  it('costs one write and no read, alone on its partition', async () => {
    const warm = worker();
    await produce(warm);
    for (const _again of [1, 2, 3]) expect(await requestsOf(() => produce(warm))).toEqual({ PutItem: 1 });
  });

  it('costs one PUT and one write when the batch is too big to inline', async () => {
    const warm = worker();
    await produce(warm);
    const inline = { sizeInBytes: 8 * 1024 - 200 };
    expect(await requestsOf(() => produce(warm, inline))).toEqual({ PutItem: 1 });
    const big = { sizeInBytes: 8 * 1024 };
    expect(await requestsOf(() => produce(warm, big))).toEqual({ PutObject: 1, PutItem: 1 });
  });

  it('costs one query and one write with a rival, after one lost write', async () => {
    const [warm, rival] = [worker(), worker()];
    await produce(warm);
    await produce(rival);
    // DynamoDB hands over the item that was first; dynalite does not, and is asked for it
    expect(await requestsOf(() => produce(warm))).toEqual({ PutItem: 2, Query: 1, GetItem: 1 });
    for (const _again of [1, 2, 3]) {
      await produce(rival);
      expect(await requestsOf(() => produce(warm))).toEqual({ PutItem: 1, Query: 1 });
    }
  });

  it('of an idempotent producer costs two writes where the worker served the batch before', async () => {
    const warm = worker();
    const producer = { producerId: 7, epoch: 0 };
    await produce(warm, { producer: { ...producer, sequence: 0 } });
    for (const sequence of [1, 2, 3]) {
      expect(await requestsOf(() => produce(warm, { producer: { ...producer, sequence } }))).toEqual({ PutItem: 2 });
    }
  });

  it('of an idempotent producer costs one get and one query more where another served it', async () => {
    const [warm, other] = [worker(), worker()];
    const producer = { producerId: 8, epoch: 0 };
    await produce(warm);
    await produce(other, { producer: { ...producer, sequence: 0 } });
    const requests = await requestsOf(() => produce(warm, { producer: { ...producer, sequence: 1 } }));
    expect(requests).toEqual({ GetItem: 1, Query: 1, PutItem: 2 });
  });
});

describe('a fetch by a warm worker', () => {
  it('costs one query at the end of the log, empty or not', async () => {
    const [reader, writer] = [worker(), worker()];
    await produce(writer);
    await fetch(reader, 0);
    expect(await requestsOf(() => fetch(reader, 1))).toEqual({ Query: 1 });
    await produce(writer);
    expect(await requestsOf(() => fetch(reader, 1))).toEqual({ Query: 1 });
  });

  it('costs one query more for the high watermark where bytes cut the page', async () => {
    const [reader, writer] = [worker(), worker()];
    for (let index = 0; index < 10; index++) await produce(writer);
    await fetch(reader, 0);
    expect(await requestsOf(() => fetch(reader, 2, 1))).toEqual({ Query: 2 });
  });

  it('costs one query more inside an entry', async () => {
    const [reader, writer] = [worker(), worker()];
    const value = new Uint8Array(10);
    const records = [1, 2, 3].map(() => ({ key: null, value, partition: 0 }));
    await produceRecords(writer, { topic: name, records, deadline: deadlineIn(writer.clock, 20_000) });
    await fetch(reader, 0);
    expect(await requestsOf(() => fetch(reader, 1))).toEqual({ Query: 2 });
  });

  it('costs one GET more for a batch that was too big to inline', async () => {
    const [reader, writer] = [worker(), worker()];
    await produce(writer, { sizeInBytes: 20_000 });
    await fetch(reader, 1);
    expect(await requestsOf(() => fetch(reader, 0))).toEqual({ Query: 1, GetObject: 1 });
  });
});

it('a cold worker reads the topic, the state and the tail once', async () => {
  await produce(worker());
  const cold = worker();
  expect(await requestsOf(() => produce(cold))).toEqual({ GetItem: 2, Query: 1, PutItem: 1 });
  expect(await requestsOf(() => produce(cold))).toEqual({ PutItem: 1 });
});
