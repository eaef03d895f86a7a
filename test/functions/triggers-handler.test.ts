import { beforeEach, describe, expect, it } from 'vitest';
import { triggersHandler } from '../../functions/triggers-handler.ts';
import type { Trigger } from '../../lib/triggers/cells.ts';
import { noteDue } from '../../lib/triggers/due.ts';
import type { DispatchTask } from '../../lib/triggers/task.ts';
import { done, TriggerWorld } from '../triggers/world.ts';

const MINUTE = 60_000;

let world: TriggerWorld;
let trigger: Trigger;
let lines: string[];
let faults: unknown[];

beforeEach(async () => {
  world = new TriggerWorld();
  await world.topic('click', 2);
  trigger = await world.create({ batchSize: 2 });
  world.started.length = 0;
  lines = [];
  faults = [];
});

function handle(task: unknown, { leftMs = 15 * MINUTE, services = world.services } = {}): Promise<void> {
  const handler = triggersHandler({
    services,
    print: line => lines.push(line),
    onFault: error => faults.push(error),
  });
  return handler(task as DispatchTask, { functionName: 'dispatcher', getRemainingTimeInMillis: () => leftMs });
}

const run = async (partition = 0) => ({ task: 'run', run: await world.request(trigger, partition) });

describe('the dispatcher', () => {
  it('runs a partition, and prints what it did as one line of metrics', async () => {
    await world.produce(['a', 'b', 'c']);
    await handle(await run());
    expect(world.delivered.map(({ values }) => values)).toEqual([['a', 'b'], ['c']]);
    const [line = '', ...more] = lines;
    expect(more).toEqual([]);
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({
      FunctionName: 'dispatcher',
      Trigger: 'count',
      Partition: expect.stringMatching(/\/0$/),
      ConsumerLag: 0,
      TargetInvocations: 2,
      TargetFailures: 0,
      DeliveredRecords: 3,
      DiscardedRecords: 0,
    });
  });

  it('hands on before its time is over, with time to spare for what is under way', async () => {
    await world.produce(['a', 'b', 'c', 'd', 'e', 'f']);
    world.behave = async () => {
      await world.stores.clock.advance(30_000);
      return done;
    };
    // the lease of an event is 90 s, and 10 s are kept back
    await handle(await run(), { leftMs: 90_000 + 10_000 + 30_000 });
    expect(world.delivered).toHaveLength(2);
    expect(world.started).toMatchObject([await world.request(trigger)]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ConsumerLag: 2, DeliveredRecords: 4 });
  });

  it('delivers one event at least of the slowest function there may be, in the time that it has', async () => {
    const slow = await world.create({ name: 'slow', functionTimeoutMs: 13 * MINUTE, batchSize: 1 });
    await world.produce(['a', 'b']);
    world.behave = async () => {
      await world.stores.clock.advance(13 * MINUTE);
      return done;
    };
    await handle({ task: 'run', run: await world.request(slow) });
    expect(world.delivered).toHaveLength(1);
  });

  it('starts what is due', async () => {
    await noteDue(world.services, await world.request(trigger, 1), world.stores.clock.now() - 1);
    await handle({ task: 'due' });
    expect(world.started).toMatchObject([await world.request(trigger, 1)]);
    expect(world.delivered).toEqual([]);
  });

  it('starts what is behind', async () => {
    await world.produce(['a']);
    await handle({ task: 'sweep' });
    expect(world.started).toEqual([await world.request(trigger)]);
  });

  it.each(['due', 'sweep'])('tells each partition that it could not start, and fails the task %s', async task => {
    for (const partition of [0, 1]) {
      await world.produce(['a'], { partition });
      await noteDue(world.services, await world.request(trigger, partition), world.stores.clock.now() - 1);
    }
    const starter = { start: () => Promise.reject(new Error('no')) };
    const services = { ...world.services, starter };
    await expect(handle({ task }, { services })).rejects.toThrow('could not be started: 2');
    expect(faults.map(String)).toEqual([0, 1].map(at => `Error: could not start trigger 'count' on click-${at}`));
  });

  it.each([{}, { task: 'other' }])('refuses a task that there is not: %j', async task => {
    await expect(handle(task)).rejects.toThrow('there is no task');
  });

  it('that is asked for a trigger which is gone does nothing, and says so', async () => {
    await handle({ task: 'run', run: { ...(await world.request(trigger)), triggerId: 'other' } });
    expect(world.delivered).toEqual([]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ TargetInvocations: 0 });
  });
});
