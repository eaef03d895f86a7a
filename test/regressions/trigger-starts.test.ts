/** Where a trigger begins that is made anew, before the one before it has committed anything. */
import { expect, it } from 'vitest';
import { addPartitions } from '../../lib/topics/alter-topic.ts';
import { declareTrigger } from '../../lib/triggers/declare-trigger.ts';
import { deleteTrigger } from '../../lib/triggers/delete-trigger.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { TriggerWorld } from '../triggers/world.ts';

async function worldWithTopics() {
  const world = new TriggerWorld();
  await world.topic('click', 1);
  await world.topic('view', 1);
  await world.produce(['before']);
  return world;
}

const deliveredIn = ({ delivered }: TriggerWorld) => delivered.flatMap(({ values }) => values);

const declared = (topics: readonly string[]) => ({
  name: 'count',
  declaredBy: 'stack',
  identity: { topics, groupId: 'count', startingPosition: 'LATEST' } as const,
  settings: triggerSettings({ function: 'f' }),
});

/** What had been noted was noted again, at the end that the log had by then: what was appended between was delivered by nobody. */
it('is where the group began, when a topic is added to a trigger that is declared', async () => {
  const world = await worldWithTopics();
  await declareTrigger(world.services, declared(['click']));
  await world.produce(['between']);
  const trigger = await declareTrigger(world.services, declared(['click', 'view']));
  await world.produce(['after']);
  await world.run(trigger);
  expect(deliveredIn(world)).toEqual(['between', 'after']);
});

it('is where the group began, when it is deleted and made anew', async () => {
  const world = await worldWithTopics();
  await world.create({ startingPosition: 'LATEST' });
  await world.produce(['between']);
  await deleteTrigger(world.services, 'count');
  const trigger = await world.create({ startingPosition: 'LATEST' });
  await world.run(trigger);
  expect(deliveredIn(world)).toEqual(['between']);
});

/** A partition that nobody had noted was taken for one that the group does not know. */
it('is the first record of a partition that was added to a topic of the group', async () => {
  const world = await worldWithTopics();
  const first = await world.create({ startingPosition: 'LATEST' });
  await world.produce(['read']);
  await world.run(first);
  await addPartitions(world.services, 'click', 2);
  await world.stores.clock.advance(11_000);
  await world.produce(['added'], { partition: 1 });
  await deleteTrigger(world.services, 'count');
  const trigger = await world.create({ startingPosition: 'LATEST' });
  await world.run(trigger, { partition: 1 });
  expect(deliveredIn(world)).toEqual(['read', 'added']);
});

/** Whoever made the one before had died before it was live. */
it('is the end of a partition that was not noted, though others of its topic were', async () => {
  const world = await worldWithTopics();
  await world.topic('page', 2);
  await world.produce(['before'], { topic: 'page', partition: 1 });
  const maker = world.newWorker();
  const wanted = declared(['page']);
  const noted = new Promise<void>(resolve => {
    maker.faults.intercept = async (call, apply) => {
      if (call.operation !== 'create' || !call.key.includes('offset')) return apply();
      if (call.key.endsWith('0001')) return new Promise(() => {});
      const result = await apply();
      resolve();
      return result;
    };
  });
  void declareTrigger(maker.services, wanted);
  await noted;
  const trigger = await declareTrigger(world.services, wanted);
  await world.runRequest(await world.request(trigger, 1, 'page'));
  expect(deliveredIn(world)).toEqual([]);
});

it('is the first record of a partition that is added while the trigger lives', async () => {
  const world = await worldWithTopics();
  const trigger = await world.create({ startingPosition: 'LATEST' });
  await addPartitions(world.services, 'click', 2);
  await world.stores.clock.advance(11_000);
  await world.produce(['added'], { partition: 1 });
  await world.run(trigger, { partition: 1 });
  expect(deliveredIn(world)).toEqual(['added']);
});
