import { expect, it } from 'vitest';
import { itemSizeInBytes } from '../../lib/adapters/memory/item-size.ts';
import type { ConsumerInstance } from '../../lib/groups/cells.ts';
import { instanceBytes, withinInstance } from '../../lib/groups/item-room.ts';
import { memberAttributes } from '../../lib/groups/items.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { settings } from './world.ts';

/** DynamoDB's. */
const ITEM_BYTES = 400 * 1024;

/** The largest that an item says. */
const LARGEST = limits.offset;

const partitionOf = (nameLength: number, perTopic: number) => (_: unknown, index: number) => {
  const number = Math.floor(index / perTopic);
  const topicId = `${number}`.padEnd(22, 'i');
  return { topic: `${number}`.padEnd(nameLength, 'x'), topicId, partition: index % perTopic };
};

it.each([
  { names: limits.topicNameLength, perTopic: 1, isNamed: true },
  { names: limits.topicNameLength, perTopic: 1, isNamed: false },
  { names: 1, perTopic: 1_000, isNamed: true },
])('lets an instance hold what its item has room for: $perTopic of a topic, names of $names', params => {
  const { names, perTopic, isNamed } = params;
  const all = Array.from({ length: limits.partitionsPerInstance + 1 }, partitionOf(names, perTopic));
  const topics = isNamed ? [...new Set(all.map(({ topic }) => topic))].slice(0, limits.topicsPerSubscription) : [];
  const subscription = { topics };
  const first = withinInstance({ subscription, held: [] }, all.slice(0, 10));
  const held = [...first, ...withinInstance({ subscription, held: first }, all.slice(10))];
  expect(held.length).toBeGreaterThan(300);
  expect(withinInstance({ subscription, held }, all.slice(held.length))).toEqual([]);
  const instance: ConsumerInstance = {
    format: 'json',
    autoCommit: true,
    fetchMinBytes: 1,
    requestTimeoutMs: 1,
    isManual: false,
    pollId: 'p'.repeat(22),
    autoCommittedAt: LARGEST,
    held: held.map(at => ({ ...at, since: LARGEST, position: LARGEST, received: LARGEST, committed: LARGEST })),
  };
  const seen = { incarnation: 'i'.repeat(22), seenAt: LARGEST, hasLeft: false, ackedEpoch: LARGEST };
  const attributes = memberAttributes({ ...settings([]), ...seen, instanceId: 'x', subscription, instance });
  const item = { pk: '', sk: '', version: 1, writeId: '', attributes };
  expect(itemSizeInBytes(item)).toBeLessThan(ITEM_BYTES);
});

it('counts the same for what a subscription means', () => {
  const topic = { name: 'click', topicId: '0'.repeat(22), partitions: 3 };
  const held = (partitions: number) => instanceBytes({ topics: [] }, [{ ...topic, partitions }]);
  expect(held(4) - held(3)).toBe(48);
  expect(instanceBytes({ topics: ['click'] }, [topic])).toBe(held(3) + 'click'.length + 16);
});
