import { expect, it } from 'vitest';
import { describeGroup } from '../../lib/groups/describe-group.ts';
import { heartbeat } from '../../lib/groups/heartbeat.ts';
import { assignedBytes } from '../../lib/groups/item-room.ts';
import type { SettingsChange } from '../../lib/groups/join-group.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { GROUP, groupWorld, rounds, settings, TestMember } from './world.ts';

/** Of the ids that topics are given. */
const TOPIC_ID_LENGTH = 22;

/** Partitions that one heartbeat takes. */
const TAKEN_AT_ONCE = 500;

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

it('refuses a subscription to topics whose names an assignment has no room for', async () => {
  const name = (index: number) => `${index}`.padEnd(limits.topicNameLength, 'x');
  const bytes = assignedBytes({ name: name(0), topicId: '0'.repeat(TOPIC_ID_LENGTH), partitions: 1 });
  const most = Math.floor(limits.groupTopicBytes / bytes);
  const names = Array.from({ length: most + 1 }, (_, index) => name(index));
  const world = await groupWorld(Object.fromEntries(names.map(each => [each, 1])));
  const joining = (topics: readonly string[]) => new TestMember('one', settings(topics)).beat(world.services);
  await expect(joining(names)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  expect((await joining(names.slice(1))).partitions).toHaveLength(TAKEN_AT_ONCE);
});

it('describes the assignor that most members ask for, which is the one that is used', async () => {
  const world = await groupWorld();
  const assignors = { a: 'range', b: 'uniform', c: 'uniform', d: 'range', e: 'range' } as const;
  const described: string[] = [];
  for (const [memberId, assignor] of Object.entries(assignors)) {
    await new TestMember(memberId, settings(['click'], { assignor })).beat(world.services);
    described.push((await describeGroup(world.services, GROUP)).assignor);
  }
  expect(described).toEqual(['range', 'uniform', 'uniform', 'uniform', 'range']);
});
