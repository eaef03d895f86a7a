import { describe, expect, it } from 'vitest';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { PartitionProducer } from '../../lib/client/partition-producer.ts';
import { TopicProducer } from '../../lib/client/topic-producer.ts';
import { FakeMillrace, FakeTiming } from './fake-millrace.ts';

const record = (value: number) => ({ key: 'k', value });

function setUp(partitions = 1) {
  const server = new FakeMillrace(partitions);
  const client = new MillraceClient({ url: 'http://fake', fetch: server.fetch, timing: new FakeTiming() });
  const identity = { producerId: 7, producerEpoch: 0 };
  const producer = new PartitionProducer(client, { topic: 't', partition: 0 }, identity);
  return { server, client, producer };
}

describe('PartitionProducer', () => {
  it('gives each batch the sequence after the one before', async () => {
    const { server, producer } = setUp();
    await producer.append([record(0), record(1)]);
    await producer.append([record(2)]);
    const { baseOffset } = await producer.append([record(3)]);
    expect(baseOffset).toBe(3);
    expect(server.sequences).toEqual([0, 2, 3]);
  });

  it('stores a batch once whose answer was lost, before the next', async () => {
    const { server, producer } = setUp();
    server.fates.push('answered', 'answer lost', 'answer lost');
    await Promise.all([[record(0)], [record(1), record(2)], [record(3)]].map(batch => producer.append(batch)));
    expect(server.values()).toEqual([0, 1, 2, 3]);
    expect(server.sequences).toEqual([0, 1, 1, 1, 3]);
  });

  it('lets nothing overtake a batch that failed', async () => {
    const { server, producer } = setUp();
    server.fates.push('answered', 'INVALID_RECORD');
    const appended = [0, 1, 2].map(value => producer.append([record(value)]));
    const outcomes = await Promise.allSettled(appended);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(server.values()).toEqual([0]);
    expect(server.sequences).toEqual([0, 1]);
  });

  it('gives up on a batch that is never answered', async () => {
    const { server, producer } = setUp();
    server.fates.push(...new Array(8).fill('answer lost'));
    await expect(producer.append([record(0)])).rejects.toMatchObject({ outcome: 'unknown' });
    expect(server.sequences).toHaveLength(8);
  });
});

describe('TopicProducer', () => {
  it('sends a batch when it is full, and the rest when it is flushed', async () => {
    const { server, client } = setUp();
    const producer = await TopicProducer.open(client, { topic: 't', recordsPerBatch: 2 });
    for (const value of [0, 1, 2]) await producer.send(record(value));
    await expect.poll(() => server.values()).toEqual([0, 1]);
    await producer.flush();
    expect(server.values()).toEqual([0, 1, 2]);
  });

  it('keeps the records of a key in one partition, in order', async () => {
    const { server, client } = setUp(3);
    const producer = await TopicProducer.open(client, { topic: 't', recordsPerBatch: 2 });
    const keys = ['1', '2', '3'];
    for (const round of [0, 1, 2]) for (const key of keys) await producer.send({ key, value: `${key}/${round}` });
    await producer.flush();
    const logs = [0, 1, 2].map(partition => server.values(partition));
    for (const key of keys) expect(logs).toContainEqual([0, 1, 2].map(round => `${key}/${round}`));
  });

  it('tells of what was stored', async () => {
    const { client } = setUp();
    const batches: unknown[] = [];
    const producer = await TopicProducer.open(client, { topic: 't', onAppended: batch => batches.push(batch) });
    await producer.send(record(0));
    await producer.flush();
    expect(batches).toEqual([{ topic: 't', partition: 0, baseOffset: 0, count: 1 }]);
  });

  it('fails a flush, and every later one, where a batch was refused', async () => {
    const { server, client } = setUp();
    const producer = await TopicProducer.open(client, { topic: 't', recordsPerBatch: 1 });
    server.fates.push('INVALID_RECORD');
    await producer.send(record(0));
    await expect(producer.flush()).rejects.toMatchObject({ code: 'INVALID_RECORD' });
    await expect(producer.send(record(1))).rejects.toMatchObject({ code: 'INVALID_RECORD' });
    expect(server.values()).toEqual([]);
  });
});
