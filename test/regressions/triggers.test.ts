/** Faults of triggers that were found in the running, each with its story. */
import { describe, expect, it } from 'vitest';
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
