/** Faults of triggers that were found in the running, each with its story. */
import { describe, expect, it } from 'vitest';
import { throttled } from '../../lib/adapters/memory/faults.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { describeTrigger } from '../../lib/triggers/describe-trigger.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { FAR } from '../support/far-deadline.ts';
import { done, TriggerWorld } from '../triggers/world.ts';

const MINUTE = 60_000;

/** A world with records in `click-0`, and a trigger of it. */
async function triggered(values: readonly string[], settings: Parameters<TriggerWorld['create']>[0] = {}) {
  const world = new TriggerWorld();
  await world.topic();
  if (values.length > 0) await world.produce(values);
  return { world, trigger: await world.create(settings) };
}

describe('a lease', () => {
  /** Leases were taken for mistakes where they were twice as long as those that the settings of now give. */
  it('holds although the timeout of the function was shortened meanwhile', async () => {
    const { world, trigger } = await triggered(['0'], { functionTimeoutMs: 5 * MINUTE });
    world.behave = () => new Promise(() => {});
    void runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(1_000);
    const shorter = await updateTrigger(world.services, trigger.name, { functionTimeoutMs: 1_000 });
    expect((await world.run(shorter, { worker: world.newWorker() })).end).toBe('held');
    expect(world.delivered).toHaveLength(1);
    await world.stores.clock.advance(5 * MINUTE + 30_000);
    world.behave = () => done;
    expect((await world.run(shorter, { worker: world.newWorker() })).end).toBe('idle');
  });
});

describe('a store that fails between two events', () => {
  /** The settings were read where no failure was caught: the runner ended, and what it had delivered was never committed. */
  it('does not end the run, whose events are committed and delivered once', async () => {
    const { world, trigger } = await triggered(['0', '1', '2'], { batchSize: 1 });
    world.behave = () => {
      world.worker.faults.next('get', throttled);
      return done;
    };
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0], [1], [2]]);
    expect(await world.offset(trigger)).toBe(3);
  });

  /** What the answer said was taken back together with what could not be written. */
  it('does not make a failure uncounted, nor deliver again what was reported as done', async () => {
    const { world, trigger } = await triggered(['0', '1'], {
      reportsItemFailures: true,
      maximumRetryAttempts: 0,
      onFailure: 's3://bucket',
    });
    world.behave = async ({ offsets }) => {
      // the lease has to be renewed before the record is sent to the destination
      await world.stores.clock.advance(30_000);
      for (let times = 0; times < 5; times++) world.worker.faults.next('replace', throttled);
      const failures = offsets.includes(1) ? [{ itemIdentifier: { partition: 'click-0', offset: 1 } }] : [];
      return { outcome: 'done', response: JSON.stringify({ batchItemFailures: failures }) };
    };
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0, 1]]);
    expect(world.sent).toHaveLength(1);
  });

  it('is waited out for as long as the runner has time, where the partition cannot even be given back', async () => {
    const { world, trigger } = await triggered(['0']);
    for (let times = 0; times < 80; times++) world.worker.faults.next('replace', throttled);
    // not the first write, which makes its cell
    world.worker.faults.next('create', throttled);
    world.behave = () => done;
    expect((await world.run(trigger, { deadline: deadlineIn(world.stores.clock, 15 * MINUTE) })).end).toBe('idle');
    expect(await world.offset(trigger)).toBe(1);
  });
});

describe('a trigger that is paused while a batch is waited for', () => {
  /** The settings were read only after an event: with a window of five minutes one began that long after the pause. */
  it('begins no other event', async () => {
    const { world, trigger } = await triggered(['0'], { batchingWindowMs: 5 * MINUTE });
    const running = runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(MINUTE);
    await updateTrigger(world.services, trigger.name, { isEnabled: false });
    await world.stores.clock.advance(5 * MINUTE);
    expect((await running).end).toBe('stopped');
    expect(world.delivered).toEqual([]);
  });

  it('has the event made by the settings of now where they were changed', async () => {
    const { world, trigger } = await triggered(['0', '1'], { batchingWindowMs: MINUTE });
    const running = runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(1_000);
    await updateTrigger(world.services, trigger.name, { batchSize: 1 });
    await world.stores.clock.advance(3 * MINUTE);
    expect((await running).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0], [1]]);
  });
});

describe('records that are given up, while their destination cannot be reached', () => {
  /** Whenever the destination failed they were delivered again, whatever the settings said of retries. */
  it('are not delivered again, by this runner or the next, and come there with what the function said', async () => {
    const { world, trigger } = await triggered(['0', '1'], { maximumRetryAttempts: 1, onFailure: 's3://bucket' });
    world.behave = ({ offsets }) => (offsets.includes(0) ? { outcome: 'failed', error: 'Error: no' } : done);
    const send = world.services.destination.send;
    const unreachable = async () => {
      throw new MillraceError('STORE_UNAVAILABLE', 'nobody is there');
    };
    Object.assign(world.services.destination, { send: unreachable });
    expect((await world.run(trigger)).end).toBe('waiting');
    const [partition] = (await describeTrigger(world.services, trigger.name)).partitions;
    expect(partition?.lastResult?.unsent).toContain('nobody is there');
    await world.stores.clock.advance(5 * MINUTE);
    Object.assign(world.services.destination, { send });
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered).toHaveLength(2);
    expect(world.sent.map(({ metadata }) => JSON.parse(metadata))).toEqual([
      expect.objectContaining({
        requestContext: expect.objectContaining({ approximateInvokeCount: 2 }),
        responseContext: expect.objectContaining({ functionError: 'Error: no' }),
      }),
    ]);
    expect(await world.offset(trigger)).toBe(2);
  });
});

describe('what a function says of its failure', () => {
  /** The text was cut in the middle of a character, which is no UTF-8. */
  it('is kept in whole characters', async () => {
    const { world, trigger } = await triggered(['0']);
    world.behave = () => ({ outcome: 'failed', error: `${'x'.repeat(299)}\u{1f600}` });
    await world.run(trigger);
    const [partition] = (await describeTrigger(world.services, trigger.name)).partitions;
    expect(partition?.lastResult?.error?.isWellFormed()).toBe(true);
  });
});

describe('the list of what is due', () => {
  const noted = (world: TriggerWorld) => world.stores.cluster.all().filter(({ pk }) => pk === 'trigger-due');

  /** A runner that came before a trigger was resumed noted itself after the one that runs, and took the note away. */
  it('keeps the note of a run under way where another finds the trigger paused', async () => {
    const { world, trigger } = await triggered(['0']);
    const request = await world.request(trigger);
    const late = world.newWorker();
    await updateTrigger(world.services, trigger.name, { isEnabled: false });
    late.faults.next('get', async (_call, apply) => {
      const paused = await apply();
      await updateTrigger(world.services, trigger.name, { isEnabled: true });
      world.behave = () => new Promise(() => {});
      void runPartition(world.services, request, FAR);
      await world.stores.clock.advance(100);
      return paused;
    });
    expect((await runPartition(late.services, request, FAR)).end).toBe('stopped');
    expect(noted(world)).toHaveLength(1);
  });

  it('is written and cleared although the store fails for a moment', async () => {
    const { world, trigger } = await triggered(['0']);
    for (let times = 0; times < 6; times++) world.worker.faults.next('create', throttled);
    for (let times = 0; times < 3; times++) world.worker.faults.next('delete', throttled);
    expect((await world.run(trigger)).end).toBe('idle');
    expect(noted(world)).toEqual([]);
  });
});

describe('filters that let nothing through', () => {
  /** Whatever came while one look was committed was the next look's, with a write for each. */
  it('cost a few writes a second on a log that grows all the time', async () => {
    const { world, trigger } = await triggered(['0'], { filters: ['{"key":["nothing has it"]}'] });
    await world.run(trigger);
    await world.produce(['1']);
    for (let times = 0; times < 100; times++) {
      // the write with which the partition is given back
      world.worker.faults.next('replace', async (_call, apply) => {
        await world.produce(['more']);
        return apply();
      });
    }
    const began = world.stores.clock.now();
    expect((await world.run(trigger)).end).toBe('idle');
    expect(await world.offset(trigger)).toBe(102);
    expect(world.stores.clock.now() - began).toBeGreaterThan(15_000);
  });
});
