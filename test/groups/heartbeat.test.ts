import { expect, it } from 'vitest';
import { heartbeat } from '../../lib/groups/heartbeat.ts';
import type { SettingsChange } from '../../lib/groups/join-group.ts';
import { GROUP, groupWorld, rounds, settings, TestMember } from './world.ts';

it('gives the first member every partition at once', async () => {
  const world = await groupWorld();
  const one = new TestMember('one');
  await one.beat(world.services);
  expect(one.partitions).toEqual(['click-0', 'click-1', 'click-2', 'click-3']);
});

it('shares the partitions with a second member without taking more than half away', async () => {
  const world = await groupWorld();
  const [one, two] = [new TestMember('one'), new TestMember('two')];
  await one.beat(world.services);
  await two.beat(world.services);
  expect(two.partitions).toEqual([]);
  await rounds(world, [one, two], 6);
  expect(one.partitions).toHaveLength(2);
  expect([...one.partitions, ...two.partitions].toSorted()).toEqual(['click-0', 'click-1', 'click-2', 'click-3']);
});

it('changes what a member wants, and leaves the rest of it as it was', async () => {
  const world = await groupWorld({ click: 1, upload: 1, other: 1 });
  const one = new TestMember('one', settings(['click'], { subscription: { topics: ['click'], pattern: 'up.*' } }));
  await one.beat(world.services);
  const change = async (changes: SettingsChange) => {
    await world.stores.clock.advance(3_100);
    const held = one.held.map(({ topic, partition, since }) => ({ topic, partition, since }));
    const { memberId, incarnation } = one;
    one.held = (await heartbeat(world.services, { groupId: GROUP, memberId, incarnation, changes, held })).partitions;
    return one.partitions;
  };
  expect(await change({ topics: ['other'] })).toEqual(['other-0', 'upload-0']);
  expect(await change({ pattern: '' })).toEqual(['other-0']);
  expect(await change({ clientId: 'x' })).toEqual(['other-0']);
});
