import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { wakeHandler } from '../../functions/wake-handler.ts';
import { entrySk, logKeyOf } from '../../lib/log/catalogue.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { grownTopic } from '../support/grown-topic.ts';
import { memoryStores } from '../support/memory-services.ts';
import { RecordingInvoker } from '../support/recording-invoker.ts';

const insertOf = (pk: string, offset = 0): DynamoDBRecord => ({
  eventName: 'INSERT',
  dynamodb: { Keys: { pk: { S: pk }, sk: { S: entrySk(offset) } }, StreamViewType: 'KEYS_ONLY' },
});

/** The function over stores with a topic whose two partitions are due. */
async function dueFunction() {
  const stores = memoryStores();
  const grown = await grownTopic(stores.worker(), 'click', { partitions: 2 });
  await stores.clock.advance(600_000);
  const invoker = new RecordingInvoker();
  const worker = stores.worker();
  const handler = wakeHandler({
    services: worker.maintenance,
    invoker,
    startGrown: async () => ({ started: 0, failures: [] }),
    maintenanceFunction: 'm',
  });
  return { stores, worker, grown, invoker, handler };
}

const rollOf = (partitions: readonly TopicPartition[]) => ({ task: 'roll', partitions });

describe('a batch of the stream', () => {
  it('starts maintenance once for the partitions that it names', async () => {
    const { grown, invoker, handler, worker } = await dueFunction();
    const [first, second] = grown.map(logKeyOf);
    await handler({ Records: [insertOf(first ?? ''), insertOf(second ?? ''), insertOf(first ?? '', 1)] });
    expect(invoker.functionNames).toEqual(['m']);
    expect(invoker.events).toEqual([rollOf(grown)]);
    expect(worker.calls.every(({ operation }) => operation === 'get' || operation === 'query')).toBe(true);
  });

  it('starts nothing where nothing is due', async () => {
    const { stores, invoker, handler } = await dueFunction();
    const [young] = await grownTopic(stores.worker(), 'young');
    await handler({ Records: [insertOf(logKeyOf(young as TopicPartition))] });
    expect(invoker.events).toEqual([]);
  });

  it('fails, to be delivered again, when a start is refused', async () => {
    const { grown, invoker, handler } = await dueFunction();
    invoker.refuse(1);
    const batch = { Records: grown.map(at => insertOf(logKeyOf(at))) };
    await expect(handler(batch)).rejects.toThrow('partitions that could not be woken: 1');
    expect(invoker.events).toEqual([]);
    await handler(batch);
    expect(invoker.events).toEqual([rollOf(grown)]);
  });

  it.each(['', 'topic', 'topic/', '/0', 'topic/0/1', 'topic/x'])('passes over the key %o', async pk => {
    const { grown, invoker, handler } = await dueFunction();
    await handler({ Records: [insertOf(pk), ...grown.map(at => insertOf(logKeyOf(at)))] });
    expect(invoker.events).toEqual([rollOf(grown)]);
  });
});
