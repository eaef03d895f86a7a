/**
 * A record that was appended after a run had looked at the end of the log, and before it had removed its note of what is due, waited for
 * up to a second: the local dispatcher saw that the partition was behind, but started nobody while that run was still there.
 */
import { expect, it } from 'vitest';
import { TriggerDispatcher } from '../../lib/embedded/trigger-dispatcher.ts';
import { TriggerWorld } from '../triggers/world.ts';

async function setUp() {
  const world = new TriggerWorld();
  await world.topic();
  await world.produce(['early']);
  const request = await world.request(await world.create());
  const faults: unknown[] = [];
  const dispatcher = new TriggerDispatcher({ services: world.services, onFault: error => faults.push(error) });
  /** What is done while a run removes its note. */
  const onRemoval = (task: () => Promise<void>) =>
    world.worker.faults.next('delete', async (_call, apply) => {
      await task();
      return apply();
    });
  const values = () => world.delivered.flatMap(({ values: delivered }) => delivered);
  return { world, request, dispatcher, onRemoval, values, faults };
}

it('delivers what is appended while a run is about to end, without another look', async () => {
  const { world, request, dispatcher, onRemoval, values, faults } = await setUp();
  onRemoval(async () => {
    await world.produce(['late']);
    await dispatcher.start(request);
  });
  await dispatcher.start(request);
  await expect.poll(values).toEqual(['early', 'late']);
  expect(faults).toEqual([]);
});

it('starts nobody once it is stopped', async () => {
  const { world, request, dispatcher, onRemoval, values } = await setUp();
  const stopped = Promise.withResolvers<void>();
  onRemoval(async () => {
    await world.produce(['late']);
    await dispatcher.start(request);
    stopped.resolve(dispatcher.stop());
  });
  await dispatcher.start(request);
  await stopped.promise;
  expect(values()).toEqual(['early']);
});
