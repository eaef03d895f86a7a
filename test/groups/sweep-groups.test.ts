import { expect, it } from 'vitest';
import { commitStandalone } from '../../lib/groups/alter-offsets.ts';
import { deleteGroup } from '../../lib/groups/delete-group.ts';
import { describeGroup, listGroups } from '../../lib/groups/describe-group.ts';
import { assignmentKey, epochOf } from '../../lib/groups/items.ts';
import { readCommitted } from '../../lib/groups/read-offsets.ts';
import { OFFSETS_RETENTION_MS, sweepGroups } from '../../lib/groups/sweep-groups.ts';
import { topicsPk } from '../../lib/log/catalogue.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { FAR } from '../support/far-deadline.ts';
import { GROUP, type GroupWorld, groupWorld, settings, TestMember } from './world.ts';

const HOUR = 60 * 60_000;

const sweep = async ({ services }: GroupWorld) => {
  const { expired, failures } = await sweepGroups(services, { deadline: FAR });
  expect(failures).toEqual([]);
  return expired;
};

const offsets = [{ topic: 'click', partition: 0, offset: 3 }];
const commit = ({ services }: GroupWorld) => commitStandalone(services, { groupId: GROUP, offsets });

it('takes out members that all fell silent, so that the group is empty', async () => {
  const world = await groupWorld();
  await new TestMember('one').beat(world.services);
  expect((await describeGroup(world.services, GROUP)).state).toBe('STABLE');
  await world.stores.clock.advance(46_000);
  await sweep(world);
  expect(await describeGroup(world.services, GROUP)).toMatchObject({ state: 'EMPTY', members: [] });
  const left = () => world.stores.cluster.all().filter(({ sk }) => sk.startsWith('member/'));
  expect(left()).toHaveLength(1);
  await world.stores.clock.advance(2 * HOUR);
  await sweep(world);
  expect(left()).toEqual([]);
});

it('lets a group die that nobody used for its retention, counted from when it became empty', async () => {
  const world = await groupWorld();
  const one = new TestMember('one');
  await one.beat(world.services);
  await one.commit(world.services, 1);
  await world.stores.clock.advance(2 * OFFSETS_RETENTION_MS);
  // it becomes empty by this
  expect(await sweep(world)).toBe(0);
  await world.stores.clock.advance(OFFSETS_RETENTION_MS - HOUR);
  expect(await sweep(world)).toBe(0);
  expect(await readCommitted(world.services, GROUP)).toHaveLength(4);
  await world.stores.clock.advance(2 * HOUR);
  expect(await sweep(world)).toBe(1);
  expect(await listGroups(world.services)).toEqual([]);
});

it('keeps a group that readers use which are no members', async () => {
  const world = await groupWorld();
  await commit(world);
  for (let day = 0; day < 20; day++) {
    await world.stores.clock.advance(24 * HOUR);
    offsets[0] = { topic: 'click', partition: 0, offset: 4 + day };
    await commit(world);
    expect(await sweep(world)).toBe(0);
  }
  await world.stores.clock.advance(OFFSETS_RETENTION_MS + HOUR);
  expect(await sweep(world)).toBe(1);
});

it('removes what a dead life left, twice, and begins the next life beyond its epochs', async () => {
  const world = await groupWorld();
  const one = new TestMember('one');
  await one.beat(world.services);
  await one.commit(world.services, 1);
  await one.leave(world.services);
  const { epoch } = await describeGroup(world.services, GROUP);
  await deleteGroup(world.services, GROUP);
  const left = () => world.stores.cluster.all().filter(({ pk }) => pk.startsWith('group/') || pk === 'dead-group');
  expect(left()).not.toEqual([]);
  await sweep(world);
  expect(left().map(({ pk }) => pk)).toEqual(['dead-group']);
  await world.stores.clock.advance(3 * HOUR);
  await sweep(world);
  expect(left()).toEqual([]);
  const again = new TestMember('two', settings(['click']));
  await again.beat(world.services);
  expect(again.epoch).toBe(epoch + 1);
});

it('forgets the offsets of topics that are gone', async () => {
  const world = await groupWorld({ click: 1, upload: 1 });
  await commit(world);
  await commitStandalone(world.services, { groupId: GROUP, offsets: [{ topic: 'upload', partition: 0, offset: 1 }] });
  await deleteTopic(world.services, 'upload');
  await sweep(world);
  const cells = world.stores.cluster.all().filter(({ sk }) => sk.startsWith('offset/'));
  expect(cells.map(({ attributes }) => attributes.topic)).toEqual(['click']);
});

it('reads the topics once for all groups, and once more for one that has a cell of a topic that is gone', async () => {
  const world = await groupWorld({ click: 1, upload: 1 });
  for (const groupId of ['a', 'b', 'c', 'd']) await commitStandalone(world.services, { groupId, offsets });
  const topicsRead = async () => {
    world.worker.calls.length = 0;
    await sweep(world);
    return world.worker.calls.filter(({ operation, key }) => operation === 'query' && key === topicsPk).length;
  };
  expect(await topicsRead()).toBe(1);
  await commitStandalone(world.services, { groupId: 'c', offsets: [{ topic: 'upload', partition: 0, offset: 1 }] });
  await deleteTopic(world.services, 'upload');
  expect(await topicsRead()).toBe(2);
  expect(await topicsRead()).toBe(1);
});

it('removes an assignment that a worker made too late, and neither of the last two', async () => {
  const world = await groupWorld();
  const members = [new TestMember('one'), new TestMember('two'), new TestMember('three')];
  for (const member of members) {
    await member.beat(world.services);
    await world.stores.clock.advance(4_000);
    await member.beat(world.services);
  }
  const left = () => world.stores.cluster.all().filter(({ sk }) => sk.startsWith('assignment/'));
  const [first] = left();
  if (!first) throw new Error('there is no assignment');
  const { pk, attributes } = first;
  await world.stores.cluster.create({ pk, sk: assignmentKey('', 1).sk, writeId: 'late', attributes });
  expect(left().map(epochOf)).toEqual([1, 2, 3]);
  await sweep(world);
  expect(left().map(epochOf)).toEqual([2, 3]);
});
