import { describe, expect, it } from 'vitest';
import { maintenanceHandler } from '../../functions/maintenance-handler.ts';
import { throttled } from '../../lib/adapters/memory/faults.ts';
import { createGroupServices } from '../../lib/groups/services.ts';
import { sweepGroups } from '../../lib/groups/sweep-groups.ts';
import { readPartitionState } from '../../lib/log/partition-state.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import { RUNS_IN_A_ROW } from '../../lib/maintenance/run-task.ts';
import type { MaintenanceTask } from '../../lib/maintenance/task.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { grownTopic } from '../support/grown-topic.ts';
import { appendKeyed, readKeyed } from '../support/keyed-log.ts';
import { memoryStores, type TestStores } from '../support/memory-services.ts';
import { RecordingInvoker } from '../support/recording-invoker.ts';

const MINUTE = 60_000;

/** The function over the stores, and what it said and started. */
function newFunction(stores: TestStores) {
  const worker = stores.worker();
  const invoker = new RecordingInvoker();
  const lines: string[] = [];
  const faults: unknown[] = [];
  const handler = maintenanceHandler({
    services: worker.maintenance,
    beSeen: () => Promise.resolve(),
    invoker,
    sweepGroups: deadline => sweepGroups(createGroupServices(worker.services), { deadline }),
    print: line => void lines.push(line),
    onFault: error => void faults.push(error),
  });
  const run = (task: MaintenanceTask, remainingMs = 15 * MINUTE) =>
    handler(task, { functionName: 'm', getRemainingTimeInMillis: () => remainingMs });
  return { worker, invoker, lines, faults, run };
}

const rolledOffset = async ({ cluster }: TestStores, at: TopicPartition) =>
  (await readPartitionState(cluster, at)).rolledOffset;

/** Stores with a topic of so many partitions whose entries are due. */
async function dueStores(partitions: number) {
  const stores = memoryStores();
  const grown = await grownTopic(stores.worker(), 'click', { partitions });
  await stores.clock.advance(10 * MINUTE);
  return { stores, grown };
}

describe('the task to maintain', () => {
  it('rolls what is due of every partition', async () => {
    const { stores, grown } = await dueStores(3);
    const { invoker, run } = newFunction(stores);
    await run({ task: 'maintain' });
    expect(await Promise.all(grown.map(at => rolledOffset(stores, at)))).toEqual([1, 1, 1]);
    expect(invoker.events).toEqual([]);
  });

  it('may run twice, and beside another', async () => {
    const { stores, grown } = await dueStores(3);
    const functions = [newFunction(stores), newFunction(stores)];
    await Promise.all(functions.map(({ run }) => run({ task: 'maintain' })));
    await functions[0]?.run({ task: 'maintain' });
    expect(await Promise.all(grown.map(at => rolledOffset(stores, at)))).toEqual([1, 1, 1]);
  });

  it('goes on in another invocation where half a minute is left of its time', async () => {
    const { stores, grown } = await dueStores(3);
    const { worker, invoker, run } = newFunction(stores);
    worker.faults.next('put', async (_call, apply) => {
      await stores.clock.advance(5 * MINUTE);
      return apply();
    });
    await run({ task: 'maintain' }, 5 * MINUTE + 30_000);
    expect(await rolledOffset(stores, grown[1] as TopicPartition)).toBe(0);
    expect(invoker.functionNames).toEqual(['m']);
    expect(invoker.events).toEqual([
      { task: 'maintain', from: { topic: 'click', partition: 1, isCompacting: false }, runs: 1 },
    ]);
    await newFunction(stores).run(JSON.parse(JSON.stringify(invoker.events[0])));
    expect(await Promise.all(grown.map(at => rolledOffset(stores, at)))).toEqual([1, 1, 1]);
  });

  it('fails when so many runs in a row have not come round, and starts no more', async () => {
    const { stores } = await dueStores(1);
    const { invoker, faults, run } = newFunction(stores);
    const runs = RUNS_IN_A_ROW - 1;
    await run({ task: 'maintain', runs: runs - 1 }, 30_000);
    expect(invoker.events).toMatchObject([{ runs }]);
    await expect(run({ task: 'maintain', runs }, 30_000)).rejects.toThrow('jobs of maintenance failed: 1');
    expect(invoker.events).toHaveLength(1);
    expect(String(faults[0])).toContain("12 runs in a row came only to partition 0 of topic 'click'");
  });
});

describe('the task to roll', () => {
  it('rolls the one partition, by the config of its topic', async () => {
    const stores = memoryStores();
    const config = new Map([['segment.ms', '1000']]);
    const [first, second] = await grownTopic(stores.worker(), 'click', { partitions: 2, config });
    if (!first || !second) throw new Error('unreachable');
    await stores.clock.advance(1_000);
    await newFunction(stores).run({ task: 'roll', partitions: [second] });
    expect([await rolledOffset(stores, first), await rolledOffset(stores, second)]).toEqual([0, 1]);
  });

  it('does nothing where the topic is gone', async () => {
    const { stores, grown } = await dueStores(1);
    const { worker, faults, run } = newFunction(stores);
    await drive(stores.clock, deleteTopic(worker.services, 'click'));
    await run({ task: 'roll', partitions: grown });
    await run({ task: 'roll', partitions: [{ topicId: 'never', partition: 0 }] });
    expect(faults).toEqual([]);
  });
});

describe('compaction', () => {
  const compacted = new Map(Object.entries({ 'cleanup.policy': 'compact', 'segment.ms': '1' }));

  /** Stores with a compacted topic of so many partitions, each with two records of one key, of which one is rolled. */
  async function dirtyStores(partitions: number) {
    const stores = memoryStores();
    const { services, maintenance } = stores.worker();
    const { topicId } = await createTopic(services, { name: 'seen', partitions, config: compacted });
    const grown = Array.from({ length: partitions }, (_, partition) => ({ topicId, partition }));
    for (const at of grown) {
      for (const value of ['1', '2']) {
        await appendKeyed(stores.worker(), [{ key: 'a', value }], { at });
        if (value === '2') continue;
        await rollPartition(maintenance, at, { config: {}, deadline: FAR, isForced: true });
      }
    }
    await stores.clock.advance(10 * MINUTE);
    return { stores, grown };
  }

  const recordsOf = async (stores: TestStores, at: TopicPartition) =>
    (await readKeyed(stores.worker().services.logs.of(at).reader)).records.map(({ offset }) => offset);

  it('follows a roll, once all that is due of all was rolled', async () => {
    const { stores, grown } = await dirtyStores(2);
    const { lines, run } = newFunction(stores);
    await run({ task: 'roll', partitions: grown });
    for (const at of grown) expect(await recordsOf(stores, at)).toEqual([1]);
    const said = JSON.parse(lines[0] ?? '');
    expect(said).toMatchObject({ DirtyRatio: 1, Failures: 0 });
    expect(said.CleanedBytes).toBe(2 * said.KeptBytes);
  });

  it('that fails is told with how dirty the log was, and keeps no other partition', async () => {
    const { stores, grown } = await dirtyStores(2);
    await newFunction(stores).run({ task: 'roll', partitions: [] });
    const { worker, lines, run } = newFunction(stores);
    let segments = 0;
    worker.faults.intercept = (call, apply) => {
      // of each partition one segment is put as it is rolled; the next is the first that is cleaned
      const isSegment = call.store === 'objects' && call.operation === 'put' && call.key.startsWith('segments/');
      return isSegment && ++segments === 3 ? throttled(call, apply) : apply();
    };
    await expect(run({ task: 'roll', partitions: grown })).rejects.toThrow('jobs of maintenance failed: 1');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ DirtyRatio: 1, Failures: 1 });
    const left = await Promise.all(grown.map(at => recordsOf(stores, at)));
    expect(left).toEqual([[0, 1], [1]]);
  });

  it('comes last in a run of everything, and in the run that goes on is all that is left', async () => {
    const { stores, grown } = await dirtyStores(2);
    const { worker, invoker, run } = newFunction(stores);
    let left = 0;
    worker.faults.intercept = async (call, apply) => {
      // the third and fourth object are of the first compaction
      if (call.store === 'objects' && call.operation === 'put' && ++left === 6) await stores.clock.advance(5 * MINUTE);
      return apply();
    };
    await run({ task: 'maintain' }, 5 * MINUTE + 30_000);
    expect(await Promise.all(grown.map(at => rolledOffset(stores, at)))).toEqual([2, 2]);
    expect(invoker.events).toMatchObject([{ task: 'maintain', from: { topic: 'seen', isCompacting: true }, runs: 1 }]);
    await newFunction(stores).run(JSON.parse(JSON.stringify(invoker.events[0])));
    for (const at of grown) expect(await recordsOf(stores, at)).toEqual([1]);
  });
});

describe('a task', () => {
  it('of a partition that its topic has not leaves nothing behind', async () => {
    const { stores, grown } = await dueStores(1);
    const before = stores.cluster.all().length;
    await newFunction(stores).run({ task: 'roll', partitions: grown.map(at => ({ ...at, partition: 7 })) });
    expect(stores.cluster.all()).toHaveLength(before);
  });

  it('that is unknown is refused', async () => {
    const task = { task: 'sing' } as unknown as MaintenanceTask;
    await expect(newFunction(memoryStores()).run(task)).rejects.toThrow('there is no task {"task":"sing"}');
  });
});

describe('a job that fails', () => {
  it('keeps none of the others, is told with its partition, and fails the invocation at its end', async () => {
    const { stores, grown } = await dueStores(2);
    const { worker, faults, lines, run } = newFunction(stores);
    worker.faults.next('put', throttled);
    await expect(run({ task: 'maintain' })).rejects.toThrow('jobs of maintenance failed: 1');
    expect(await Promise.all(grown.map(at => rolledOffset(stores, at)))).toEqual([0, 1]);
    expect(faults).toMatchObject([{ message: `could not roll ${grown[0]?.topicId}/0`, cause: { code: 'THROTTLED' } }]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ Failures: 1 });
  });

  it('does not keep the runs that follow', async () => {
    const { stores } = await dueStores(2);
    const { worker, invoker, run } = newFunction(stores);
    worker.faults.next('put', async (call, apply) => {
      await stores.clock.advance(5 * MINUTE);
      return throttled(call, apply);
    });
    await expect(run({ task: 'maintain' }, 5 * MINUTE + 30_000)).rejects.toThrow('jobs of maintenance failed: 1');
    expect(invoker.events).toMatchObject([{ from: { partition: 1 } }]);
  });
});

describe('the metrics', () => {
  it("are one line a run in CloudWatch's embedded format", async () => {
    const { stores } = await dueStores(2);
    const { lines, run } = newFunction(stores);
    await run({ task: 'maintain' });
    const [line, ...others] = lines.map(text => JSON.parse(text));
    expect(others).toEqual([]);
    const [directive, ...more] = line._aws.CloudWatchMetrics;
    expect(more).toEqual([]);
    expect(line._aws.Timestamp).toBe(stores.clock.now());
    expect(directive).toMatchObject({ Namespace: 'Millrace', Dimensions: [['FunctionName']] });
    expect(line).toMatchObject({ FunctionName: 'm', RollLagMs: 5 * MINUTE, MergedBytes: 0, Failures: 0 });
    expect(line.RolledBytes).toBeGreaterThan(0);
    for (const { Name } of directive.Metrics) expect(line[Name]).toBeTypeOf('number');
  });
});
