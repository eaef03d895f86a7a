import { describe, expect, it } from 'vitest';
import { noFault, requestLost } from '../../lib/adapters/memory/faults.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import { newProducer, nextEpoch } from '../../lib/produce/init-producer.ts';
import { type ProduceResult, produceRecords, type RecordToProduce } from '../../lib/produce/produce-records.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { partitionForKey } from '../../lib/record/partitioner.ts';
import { addPartitions } from '../../lib/topics/alter-topic.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores } from '../support/memory-services.ts';

const record = (value: string, more: Partial<RecordToProduce> = {}): RecordToProduce => ({
  key: null,
  value: Buffer.from(value),
  ...more,
});

async function topicOf(partitions: number, config: Record<string, string> = {}) {
  const stores = memoryStores();
  const worker = stores.worker();
  await createTopic(worker.services, { name: 't', partitions, config: new Map(Object.entries(config)) });
  return { stores, worker, services: worker.services };
}

const produce = (services: LogServices, records: readonly RecordToProduce[]) =>
  produceRecords(services, { topic: 't', records, deadline: FAR });

const partitionsOf = (results: readonly ProduceResult[]) =>
  results.map(result => ('error' in result ? result.error.code : result.partition));

async function batchesOf(services: LogServices, partition: number) {
  const read = await services.topics.withPartition('t', partition, at =>
    services.logs.of(at).reader.read({ offset: 0, maxBytes: 1 << 24 }),
  );
  return read.batches;
}

describe('the partition of a record', () => {
  it('is the one it names, that of its key, or one for all the keyless of a request', async () => {
    const { services } = await topicOf(10);
    const key = Buffer.from('alice');
    const results = await produce(services, [
      record('named', { partition: 7, key }),
      record('keyed', { key }),
      record('keyless'),
      record('keyless'),
    ]);
    const [named, keyed, ...keyless] = partitionsOf(results);
    expect([named, keyed]).toEqual([7, partitionForKey(key, 10)]);
    expect(new Set(keyless).size).toBe(1);
  });

  it('is found though it was added after the topic was last read', async () => {
    const { stores, services } = await topicOf(1);
    await produce(services, [record('a')]);
    await addPartitions(stores.worker().services, 't', 2);
    expect(partitionsOf(await produce(services, [record('b', { partition: 1 })]))).toEqual([1]);
  });
});

describe('a record that cannot be stored', () => {
  it('fails alone, with its reason', async () => {
    const { services } = await topicOf(2, { 'cleanup.policy': 'compact', 'max.message.bytes': '200' });
    const key = Buffer.from('k');
    const results = await produce(services, [
      record('good', { key, partition: 0 }),
      record('keyless', { partition: 0 }),
      record('x'.repeat(200), { key, partition: 0 }),
      record('late', { key, partition: 0, timestamp: limits.timestampMs + 1 }),
      record('nowhere', { key, partition: 2 }),
      record('also good', { key, partition: 0 }),
    ]);
    expect(results.map(result => ('error' in result ? result.error.code : result.offset))).toEqual([
      0,
      'INVALID_RECORD',
      'MESSAGE_TOO_LARGE',
      'INVALID_TIMESTAMP',
      'UNKNOWN_PARTITION',
      1,
    ]);
  });

  it('is one that fills its batch by a byte more than max.message.bytes', async () => {
    const { services } = await topicOf(1, { 'max.message.bytes': '200' });
    const overhead = 61 + 2 + 1 + 1 + 1 + 1 + 2 + 1;
    const results = await produce(services, [record('x'.repeat(200 - overhead)), record('x'.repeat(201 - overhead))]);
    expect(partitionsOf(results)).toEqual([0, 'MESSAGE_TOO_LARGE']);
  });
});

describe('batches', () => {
  it('are as few as max.message.bytes allows, in one entry, in order', async () => {
    const { worker, services } = await topicOf(1, { 'max.message.bytes': '1000', 'compression.type': 'uncompressed' });
    worker.calls.length = 0;
    const results = await produce(
      services,
      Array.from({ length: 30 }, (_, index) => record(`${index}`.padEnd(90))),
    );
    expect(results.map(result => 'offset' in result && result.offset)).toEqual([...Array(30).keys()]);
    expect(worker.calls.filter(({ operation }) => operation === 'create')).toHaveLength(1);
    const batches = await batchesOf(services, 0);
    expect(batches.length).toBe(4);
    expect(batches.every(batch => batch.bytes.byteLength <= 1000)).toBe(true);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('are compressed as compression.type=%s says', async codec => {
    const { services } = await topicOf(1, { 'compression.type': codec });
    await produce(services, [record('x'.repeat(2_000))]);
    const [batch] = await batchesOf(services, 0);
    expect(batch?.header.codec).toBe(codec);
    const [stored] = decodeBatch(batch?.bytes ?? new Uint8Array(), { maxDecompressedBytes: 1 << 20 });
    expect(Buffer.from(stored?.value ?? []).toString()).toBe('x'.repeat(2_000));
  });

  it('get the time of their append where the topic says so, and answer with it', async () => {
    const { stores, services } = await topicOf(1, { 'message.timestamp.type': 'LogAppendTime' });
    const [result] = await produce(services, [record('a', { timestamp: 5 })]);
    expect(result).toMatchObject({ timestamp: stores.clock.now() });
  });
});

describe('an idempotent request', () => {
  const send = (services: LogServices, records: readonly RecordToProduce[], sequence = 0) =>
    produceRecords(services, { topic: 't', records, producer: { producerId: 1, epoch: 0, sequence }, deadline: FAR });

  it('answers a retry with the original offsets', async () => {
    const { services } = await topicOf(1);
    const records = [record('a'), record('b')];
    const first = await send(services, records);
    expect((await send(services, records)).map(result => 'offset' in result && result.offset)).toEqual([0, 1]);
    expect(first.map(result => 'offset' in result && result.offset)).toEqual([0, 1]);
  });

  it('is refused whole when its records go to two partitions, need two batches, or one is bad', async () => {
    const { services } = await topicOf(2, { 'max.message.bytes': '200' });
    const spread = [record('a', { partition: 0 }), record('b', { partition: 1 })];
    await expect(send(services, spread)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    const big = [record('x'.repeat(90), { partition: 0 }), record('x'.repeat(90), { partition: 0 })];
    await expect(send(services, big)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    const bad = [record('a', { partition: 0 }), record('b', { partition: 0, timestamp: -1 })];
    await expect(send(services, bad)).rejects.toMatchObject({ code: 'INVALID_TIMESTAMP' });
    expect(await batchesOf(services, 0)).toEqual([]);
  });
});

describe('a topic that is deleted while a record is on its way', () => {
  it('leaves the record unacknowledged', async () => {
    const { stores, worker, services } = await topicOf(1);
    await produce(services, [record('a')]);
    worker.faults.next('create', async (call, apply) => {
      await deleteTopic(stores.worker().services, 't');
      await stores.clock.advance(15_001);
      return noFault(call, apply);
    });
    expect(partitionsOf(await produce(services, [record('b')]))).toEqual(['OUTCOME_UNKNOWN']);
  });

  it('leaves the record unacknowledged, not failed, when nobody can tell', async () => {
    const { stores, worker, services } = await topicOf(1);
    await produce(services, [record('a')]);
    worker.faults.next('create', async (call, apply) => {
      await stores.clock.advance(15_001);
      return noFault(call, apply);
    });
    worker.faults.next('get', requestLost);
    expect(partitionsOf(await produce(services, [record('b')]))).toEqual(['OUTCOME_UNKNOWN']);
  });

  it('acknowledges after the same time when the topic lives on', async () => {
    const { stores, worker, services } = await topicOf(1);
    await produce(services, [record('a')]);
    worker.faults.next('create', async (call, apply) => {
      await stores.clock.advance(15_001);
      return noFault(call, apply);
    });
    expect(partitionsOf(await produce(services, [record('b')]))).toEqual([0]);
  });
});

describe('a producer id', () => {
  it('is new at every call, and its epoch grows by one at every call with it', async () => {
    const { services } = await topicOf(1);
    const [one, two] = [await newProducer(services), await newProducer(services)];
    expect(one.producerId).not.toBe(two.producerId);
    expect(await nextEpoch(services, one.producerId)).toEqual({ producerId: one.producerId, producerEpoch: 1 });
    expect(await nextEpoch(services, one.producerId)).toMatchObject({ producerEpoch: 2 });
    await expect(nextEpoch(services, 12_345)).rejects.toMatchObject({ code: 'UNKNOWN_PRODUCER_ID' });
  });
});
