import { beforeEach, describe, expect, it } from 'vitest';
import { throttled } from '../../lib/adapters/memory/faults.ts';
import { offsetKey } from '../../lib/groups/items.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import type { Trigger } from '../../lib/triggers/cells.ts';
import { partitionsBehind, startDue, startGrown, sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { noteDue, readDue, removeDue } from '../../lib/triggers/due.ts';
import { leaseMs } from '../../lib/triggers/hold.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { TriggerWorld } from './world.ts';

const MINUTE = 60_000;
const PARTITIONS = 3;

let world: TriggerWorld;
let trigger: Trigger;

beforeEach(async () => {
  world = new TriggerWorld();
  await world.topic('click', PARTITIONS);
  trigger = await world.create();
  world.started.length = 0;
});

const at = async (partition: number) => {
  const { topicId } = await world.request(trigger, partition);
  return { topicId, partition };
};

const started = () => world.started.map(({ trigger: name, partition }) => `${name} ${partition}`).sort();

const note = async (partition = 0, ms = 0) =>
  noteDue(world.services, await world.request(trigger, partition), world.stores.clock.now() + ms);

async function notes(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const due of readDue(world.services)) found.push(due.note);
  return found;
}

/** A runner of the partition that delivers, and never ends. */
async function hold(partition: number, worker = world.newWorker()): Promise<void> {
  await world.produce(['held'], { partition });
  world.behave = () => new Promise(() => {});
  void runPartition(worker.services, await world.request(trigger, partition), FAR);
  await world.stores.clock.advance(10);
}

/** Answers nothing of the partition's cell. */
async function broken(partition: number): Promise<ReturnType<TriggerWorld['newWorker']>> {
  const { sk } = offsetKey(trigger.life, await at(partition));
  const worker = world.newWorker();
  worker.faults.intercept = (call, apply) => (call.key.endsWith(sk) ? throttled(call, apply) : apply());
  return worker;
}

describe('where partitions have grown', () => {
  it('the runners of all triggers that read them are started, and no others', async () => {
    await world.topic('view', PARTITIONS);
    await world.create({ name: 'both', topics: ['click', 'view'] });
    await world.create({ name: 'paused', isEnabled: false });
    await world.create({ name: 'other', topics: ['view'] });
    world.started.length = 0;
    expect(await startGrown(world.services, [await at(0), await at(2)])).toEqual({ started: 4, failures: [] });
    expect(started()).toEqual(['both 0', 'both 2', 'count 0', 'count 2']);
  });

  it('of topics that are gone, or of none, nothing is started', async () => {
    const gone = await at(0);
    await deleteTopic(world.services, 'click');
    expect(await startGrown(world.services, [gone, { topicId: 'none', partition: 0 }])).toEqual({
      started: 0,
      failures: [],
    });
  });

  it('nothing is started that is held, or waits', async () => {
    await hold(0);
    expect((await startGrown(world.services, [await at(0), await at(1)])).started).toBe(1);
    expect(started()).toEqual(['count 1']);
  });

  it('one query is made where there are no triggers', async () => {
    const other = new TriggerWorld();
    await other.topic();
    const { services, calls } = other.newWorker();
    await startGrown(services, [{ topicId: 't', partition: 0 }]);
    expect(calls).toHaveLength(1);
  });

  it('one that cannot be looked at, or started, keeps none of the others, and is told by its name', async () => {
    const { services } = await broken(1);
    const { started: count, failures } = await startGrown(services, [await at(0), await at(1), await at(2)]);
    expect(count).toBe(2);
    expect(failures.map(({ message }) => message)).toEqual(["could not start trigger 'count' on click-1"]);
    const starter = {
      start: async (run: { readonly partition: number }) => {
        if (run.partition === 0) throw new Error('no');
      },
    };
    const result = await startGrown({ ...world.services, starter }, [await at(0), await at(1)]);
    expect([result.started, result.failures.length]).toEqual([1, 1]);
  });
});

describe('what is noted as due', () => {
  it('is a note of each run by itself: none removes that of another', async () => {
    const [first, second] = [await note(), await note()];
    await removeDue(world.services, first);
    expect(await notes()).toEqual([second.note]);
    await removeDue(world.services, first);
    expect(await notes()).toEqual([second.note]);
  });

  it('stays noted where a runner that stood still removes its own after another was noted', async () => {
    await world.produce(['a']);
    const frozen = world.newWorker();
    let thaw: (() => void) | undefined;
    frozen.faults.next('delete', async (_call, apply) => {
      await new Promise<void>(resolve => (thaw = resolve));
      return apply();
    });
    const first = runPartition(frozen.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(10);
    expect(thaw).toBeDefined();
    await world.produce(['b']);
    await world.run(trigger, { worker: world.newWorker() });
    await hold(0);
    thaw?.();
    await first;
    await world.stores.clock.advance(leaseMs(trigger) + 5 * MINUTE);
    await startDue(world.services, FAR);
    expect(started()).toContain('count 0');
  });

  it('is started once its time is past, each partition once for all its notes', async () => {
    const due = [await note(0), await note(0), await note(1), await note(2, MINUTE)];
    expect(await startDue(world.services, FAR)).toEqual({ started: 2, failures: [] });
    expect(world.started.map(({ partition, notes: of }) => [partition, of?.toSorted()])).toEqual([
      [0, [due[0]?.note, due[1]?.note].toSorted()],
      [1, [due[2]?.note]],
    ]);
    for (const run of world.started) await world.runRequest(run);
    expect(await notes()).toEqual([due[3]?.note]);
  });

  it('is not started while another holds the partition, and stays noted', async () => {
    await hold(0);
    const before = await notes();
    await world.stores.clock.advance(leaseMs(trigger) - 1_000);
    await note(0, -1);
    await startDue(world.services, FAR);
    expect(started()).toEqual([]);
    expect(await notes()).toHaveLength(before.length + 1);
  });

  it('stays noted where whoever was started for it finds the partition held', async () => {
    const { note: left } = await note(0, -1);
    await hold(0);
    await runPartition(world.services, { ...(await world.request(trigger)), notes: [left] }, FAR);
    expect(await notes()).toHaveLength(2);
    expect(await notes()).not.toContain(left);
  });

  it('is started again where the start came to nothing', async () => {
    await note(0, -1);
    await startDue(world.services, FAR);
    await startDue(world.services, FAR);
    expect(started()).toEqual(['count 0', 'count 0']);
  });

  it('by a clock that was fast by an hour is due', async () => {
    await note(0, 60 * MINUTE);
    await note(1, 29 * MINUTE);
    await startDue(world.services, FAR);
    expect(started()).toEqual(['count 0']);
  });

  it('is removed where its trigger is paused or gone, or its topic', async () => {
    await note(0, -1);
    await updateTrigger(world.services, trigger.name, { isEnabled: false });
    await startDue(world.services, FAR);
    expect([await notes(), started()]).toEqual([[], []]);
    await updateTrigger(world.services, trigger.name, { isEnabled: true });
    world.started.length = 0;
    await note(1, -1);
    await deleteTopic(world.services, 'click');
    await startDue(world.services, FAR);
    expect([await notes(), started()]).toEqual([[], []]);
  });

  it('of a partition that cannot be looked at keeps none of the others', async () => {
    for (const partition of [0, 1, 2]) await note(partition, -1);
    const { services } = await broken(1);
    const { failures } = await startDue(services, FAR);
    expect(failures).toHaveLength(1);
    expect(started()).toEqual(['count 0', 'count 2']);
    expect(await notes()).toHaveLength(3);
  });

  it('is looked through as far as there is time', async () => {
    await note(0, -1);
    expect(await startDue(world.services, deadlineIn(world.stores.clock, 0))).toEqual({ started: 0, failures: [] });
    expect(await notes()).toHaveLength(1);
  });

  it('of one partition, a hundred times, is too much for one start: the rest is left to the next', async () => {
    for (let count = 0; count < 120; count++) await note(0, -1);
    await startDue(world.services, FAR);
    await world.runRequest(world.started[0] as (typeof world.started)[number]);
    expect(await notes()).toHaveLength(20);
  });
});

describe('a look at everything', () => {
  it('starts what is behind, whatever was told or noted of it, and nothing else', async () => {
    await world.produce(['a'], { partition: 1 });
    await hold(2);
    expect(await sweepTriggers(world.services, FAR)).toEqual({ started: 1, failures: [] });
    expect(started()).toEqual(['count 1']);
  });

  it('takes up a record of which nobody was told within the hour', async () => {
    await world.produce(['a']);
    await world.stores.clock.advance(60 * MINUTE);
    await sweepTriggers(world.services, FAR);
    for (const run of world.started) await world.runRequest(run);
    expect(world.delivered.map(({ values }) => values)).toEqual([['a']]);
  });

  it('looks at none that is paused', async () => {
    await world.produce(['a']);
    await updateTrigger(world.services, trigger.name, { isEnabled: false });
    expect((await sweepTriggers(world.services, FAR)).started).toBe(0);
  });

  it('has one that cannot be looked at keep none of the others', async () => {
    for (const partition of [0, 1, 2]) await world.produce(['a'], { partition });
    const { services } = await broken(1);
    const { started: count, failures } = await drive(world.stores.clock, sweepTriggers(services, FAR));
    expect([count, failures.length]).toEqual([2, 1]);
  });

  it('ends when its time is over', async () => {
    await world.produce(['a']);
    expect((await sweepTriggers(world.services, deadlineIn(world.stores.clock, 0))).started).toBe(0);
  });

  it('passes over a topic that was deleted, also one that has been made anew', async () => {
    await world.produce(['a']);
    await deleteTopic(world.services, 'click');
    await world.stores.clock.advance(MINUTE);
    expect(await sweepTriggers(world.newWorker().services, FAR)).toEqual({ started: 0, failures: [] });
    const { services } = world.newWorker();
    await createTopic(services, { name: 'click', partitions: 1 });
    expect(await sweepTriggers(services, FAR)).toEqual({ started: 0, failures: [] });
  });
});

describe('partitions for whoever runs them itself', () => {
  it('are those that are behind and free, and all that triggers read are told by their keys', async () => {
    await world.produce(['a'], { partition: 1 });
    await hold(2);
    const logKeys = new Set<string>();
    const { behind, failures } = await partitionsBehind(world.services, logKeys);
    expect(behind.map(({ partition }) => partition)).toEqual([1]);
    expect(failures).toEqual([]);
    expect(logKeys.size).toBe(PARTITIONS);
  });

  it('are found although one cannot be looked at', async () => {
    for (const partition of [0, 1, 2]) await world.produce(['a'], { partition });
    const { services } = await broken(1);
    const { behind, failures } = await partitionsBehind(services, new Set());
    expect(behind.map(({ partition }) => partition)).toEqual([0, 2]);
    expect(failures.map(({ message }) => message)).toEqual(["could not look at trigger 'count' on click-1"]);
  });
});
