import { describe, expect, it } from 'vitest';
import { throttled } from '../../lib/adapters/memory/faults.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { wakePartitions } from '../../lib/maintenance/wake-partitions.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { drive } from '../support/drive.ts';
import { grownTopic } from '../support/grown-topic.ts';
import { memoryStores, type TestWorker } from '../support/memory-services.ts';

const MINUTE = 60_000;

/** The partitions whose rolls are started. */
async function woken({ maintenance }: TestWorker, partitions: readonly TopicPartition[]) {
  const started: TopicPartition[] = [];
  await wakePartitions(maintenance, { partitions, startRolls: async some => void started.push(...some) });
  return started;
}

describe('a partition that has grown', () => {
  it('is rolled from five minutes of age on', async () => {
    const stores = memoryStores();
    const grown = await grownTopic(stores.worker(), 'click');
    await stores.clock.advance(5 * MINUTE - 1);
    expect(await woken(stores.worker(), grown)).toEqual([]);
    await stores.clock.advance(1);
    expect(await woken(stores.worker(), grown)).toEqual(grown);
  });

  it('is rolled from the size on that its topic says', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const config = new Map([['segment.bytes', '4096']]);
    const small = await grownTopic(worker, 'small', { config, bytes: 1_000 });
    const large = await grownTopic(worker, 'large', { config, bytes: 5_000 });
    expect(await woken(worker, [...small, ...large])).toEqual(large);
  });

  it('is rolled earlier where its topic says so', async () => {
    const stores = memoryStores();
    const grown = await grownTopic(stores.worker(), 'click', { config: new Map([['segment.ms', '1000']]) });
    await stores.clock.advance(1_000);
    expect(await woken(stores.worker(), grown)).toEqual(grown);
  });

  it('is left alone when its topic was deleted', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const grown = await grownTopic(worker, 'click');
    await stores.clock.advance(10 * MINUTE);
    await drive(stores.clock, deleteTopic(worker.services, 'click'));
    expect(await woken(worker, [...grown, { topicId: 'never', partition: 0 }])).toEqual([]);
  });

  it('is left alone when its topic is deleted while it is looked at', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const grown = await grownTopic(worker, 'click');
    await stores.clock.advance(10 * MINUTE);
    const late = stores.worker();
    late.faults.next('get', async (_call, apply) => {
      await drive(stores.clock, deleteTopic(worker.services, 'click'));
      return apply();
    });
    expect(await woken(late, grown)).toEqual([]);
  });
});

describe('waking', () => {
  it('reads the topics once, and costs a get and two queries for each partition', async () => {
    const stores = memoryStores();
    const grown = await grownTopic(stores.worker(), 'click', { partitions: 40 });
    await stores.clock.advance(10 * MINUTE);
    const worker = stores.worker();
    expect(await woken(worker, grown)).toHaveLength(40);
    const count = (name: string) => worker.calls.filter(({ operation }) => operation === name).length;
    expect([count('get'), count('query'), worker.calls.length]).toEqual([40, 81, 121]);
  });

  it('starts twenty partitions together', async () => {
    const stores = memoryStores();
    const grown = await grownTopic(stores.worker(), 'click', { partitions: 45 });
    await stores.clock.advance(10 * MINUTE);
    const starts: number[] = [];
    const startRolls = async (some: readonly TopicPartition[]) => void starts.push(some.length);
    await wakePartitions(stores.worker().maintenance, { partitions: grown, startRolls });
    expect(starts).toEqual([20, 20, 5]);
  });

  it('starts the others when one cannot be looked at, and fails so that all are tried again', async () => {
    const stores = memoryStores();
    const grown = await grownTopic(stores.worker(), 'click', { partitions: 3 });
    await stores.clock.advance(10 * MINUTE);
    const worker = stores.worker();
    worker.faults.next('get', throttled);
    const started: TopicPartition[] = [];
    const startRolls = async (some: readonly TopicPartition[]) => void started.push(...some);
    const failure = await wakePartitions(worker.maintenance, { partitions: grown, startRolls }).catch(error => error);
    expect(failure).toBeInstanceOf(AggregateError);
    expect(failure.errors).toMatchObject([{ message: expect.stringMatching(/\/0$/), cause: { code: 'THROTTLED' } }]);
    expect(started).toEqual(grown.slice(1));
  });
});
