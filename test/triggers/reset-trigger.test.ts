import { beforeEach, describe, expect, it } from 'vitest';
import { replyLost, requestLost } from '../../lib/adapters/memory/faults.ts';
import type { ResetTo } from '../../lib/groups/reset-offsets.ts';
import type { Trigger } from '../../lib/triggers/cells.ts';
import { describeTrigger } from '../../lib/triggers/describe-trigger.ts';
import { resetTrigger } from '../../lib/triggers/reset-trigger.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { done, failed, TriggerWorld } from './world.ts';

const at = { topic: 'click', partition: 0 };

let world: TriggerWorld;
let trigger: Trigger;

beforeEach(async () => {
  world = new TriggerWorld();
  await world.topic('click', 2);
  await world.produce(['a', 'b', 'c', 'd']);
  trigger = await world.create({ batchSize: 1 });
});

const pause = () => updateTrigger(world.services, trigger.name, { isEnabled: false });
const resume = () => updateTrigger(world.services, trigger.name, { isEnabled: true });

const reset = (to: ResetTo, partitions = [at], services = world.services) =>
  drive(world.stores.clock, resetTrigger(services, { name: trigger.name, partitions, to }));

const partition = async () => (await describeTrigger(world.services, trigger.name)).partitions[0];

describe('a reset', () => {
  it('of a trigger that runs is refused, and so is one that there is not', async () => {
    await expect(reset({ kind: 'earliest' })).rejects.toMatchObject({ code: 'TRIGGER_ACTIVE' });
    const other = resetTrigger(world.services, { name: 'other', partitions: [at], to: { kind: 'earliest' } });
    await expect(other).rejects.toMatchObject({ code: 'UNKNOWN_TRIGGER' });
  });

  it('has it deliver again, or pass over, what it says', async () => {
    await world.run(trigger);
    await pause();
    expect(await reset({ kind: 'offset', offset: 2 })).toEqual([{ ...at, offset: 2 }]);
    await resume();
    world.delivered.length = 0;
    await world.run(trigger, { worker: world.newWorker() });
    expect(world.delivered.flatMap(({ offsets }) => offsets)).toEqual([2, 3]);
  });

  it('answers for each partition by itself', async () => {
    await pause();
    const asked = [at, { topic: 'click', partition: 7 }, { topic: 'other', partition: 0 }];
    const [one, two, three] = await reset({ kind: 'latest' }, asked);
    expect(one).toEqual({ ...at, offset: 4 });
    expect([two?.error?.code, three?.error?.code]).toEqual(['UNKNOWN_PARTITION', 'UNKNOWN_TOPIC']);
  });

  it('forgets what failed, and what was waited for', async () => {
    world.behave = () => failed;
    expect((await world.run(trigger)).end).toBe('waiting');
    expect(await partition()).toMatchObject({ state: 'WAITING', currentOffset: 0 });
    await pause();
    await reset({ kind: 'offset', offset: 1 });
    expect(await partition()).toMatchObject({ state: 'IDLE', currentOffset: 1, failures: 0, lastResult: undefined });
    world.behave = () => done;
    await resume();
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('idle');
  });

  it('while the last event is under way fences its runner, and is not taken back by it', async () => {
    let answer: (() => void) | undefined;
    world.behave = () => new Promise(resolve => (answer = () => resolve(done)));
    const running = runPartition(world.newWorker().services, await world.request(trigger), FAR);
    await world.stores.clock.advance(10);
    await pause();
    await reset({ kind: 'offset', offset: 3 });
    answer?.();
    expect((await drive(world.stores.clock, running)).end).toBe('fenced');
    expect((await partition())?.currentOffset).toBe(3);
    // that event may still run: who comes next waits for the lease
    await resume();
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('held');
    await world.stores.clock.advance(90_000);
    world.behave = () => done;
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('idle');
    expect(world.delivered.flatMap(({ offsets }) => offsets)).toEqual([0, 3]);
  });

  it('whose reply is lost is done once', async () => {
    await world.run(trigger);
    await pause();
    const worker = world.newWorker();
    for (const fault of [replyLost, requestLost]) worker.faults.next('replace', fault);
    expect(await reset({ kind: 'earliest' }, [at], worker.services)).toEqual([{ ...at, offset: 0 }]);
    expect((await partition())?.currentOffset).toBe(0);
  });

  it('is written again where the cell was changed between', async () => {
    await world.run(trigger);
    await pause();
    const worker = world.newWorker();
    worker.faults.next('replace', async (_call, apply) => {
      await reset({ kind: 'offset', offset: 3 });
      return apply();
    });
    expect(await reset({ kind: 'offset', offset: 1 }, [at], worker.services)).toEqual([{ ...at, offset: 1 }]);
    expect((await partition())?.currentOffset).toBe(1);
  });
});
