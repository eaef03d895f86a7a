import { expect, it } from 'vitest';
import { groupWorld, rounds, TestMember } from './world.ts';

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
