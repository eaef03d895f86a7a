import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemSizeInBytes } from '../../lib/adapters/memory/item-size.ts';
import { assign, type TopicToAssign } from '../../lib/groups/assign.ts';
import type { Candidate } from '../../lib/groups/assignor.ts';
import type { Assignment, AssignorName } from '../../lib/groups/cells.ts';
import { assignmentAttributes } from '../../lib/groups/items.ts';
import { limits } from '../../lib/protocol/limits.ts';

/** DynamoDB's. */
const ITEM_BYTES = 400 * 1024;

const nobody: Assignment = { epoch: 0, members: [], topics: [], began: new Map() };

const member = (memberId: string, topics: readonly string[], changes: Partial<Candidate> = {}): Candidate => ({
  memberId,
  incarnation: `${memberId}-1`,
  topics: new Set(topics),
  assignor: 'uniform',
  ...changes,
});

const topic = (name: string, partitions: number): TopicToAssign => ({ name, topicId: `${name}-id`, partitions });

/** Whose each partition is, as `topic-partition`. */
function ownersOf({ members, topics }: Assignment): Map<string, string> {
  return new Map(
    topics.flatMap(({ name, owners }) =>
      owners.map((own, partition): [string, string] => [`${name}-${partition}`, members[own.member]?.memberId ?? '']),
    ),
  );
}

const countsOf = (assignment: Assignment): Map<string, number> => {
  const counts = new Map(assignment.members.map(({ memberId }): [string, number] => [memberId, 0]));
  for (const owner of ownersOf(assignment).values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
};

const next = (previous: Assignment, members: readonly Candidate[], topics: readonly TopicToAssign[], now = 1) =>
  assign({ members, topics, previous, now }) ?? previous;

describe('the uniform assignor', () => {
  it('shares out within one, keeps what can stay, and is settled', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, ids, ids, (partitions, before, after) => {
        const topics = partitions.map((count, index) => topic(`t${index}`, count));
        const all = topics.map(({ topicId }) => topicId);
        const membersOf = (some: readonly number[]) => some.map(id => member(`m${id}`, all));
        const first = next(nobody, membersOf(before), topics);
        const second = next(first, membersOf(after), topics);
        const counts = [...countsOf(second).values()];
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(assign({ members: membersOf(after), topics, previous: second, now: 2 })).toBeUndefined();
        // no more changes hands than must: what was a gone member's, and what is above a fair share
        const total = partitions.reduce((sum, count) => sum + count, 0);
        const most = Math.ceil(total / after.length);
        const moved = [...ownersOf(first)].filter(([at, owner]) => ownersOf(second).get(at) !== owner);
        const must = [...countsOf(first)].reduce((sum, [id, count]) => {
          return (
            sum + (after.includes(Number(id.slice(1))) ? Math.max(0, count - Math.floor(total / after.length)) : count)
          );
        }, 0);
        expect(moved.length).toBeLessThanOrEqual(must);
        expect(Math.max(...counts)).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('gives a topic only to those that want it, and nobody else’s to none', () => {
    const members = [member('a', ['x-id']), member('b', ['x-id', 'y-id']), member('c', [])];
    const owners = ownersOf(next(nobody, members, [topic('x', 3), topic('y', 3), topic('z', 3)]));
    expect([...owners.keys()].some(at => at.startsWith('z'))).toBe(false);
    expect([...owners].filter(([at]) => at.startsWith('y')).map(([, owner]) => owner)).toEqual(['b', 'b', 'b']);
    expect([...owners].filter(([at]) => at.startsWith('x')).map(([, owner]) => owner)).toEqual(['a', 'a', 'a']);
  });
});

describe('the range assignor', () => {
  it('gives neighbours to each, the first ones one more', () => {
    const ranged = { assignor: 'range' as AssignorName };
    const members = ['a', 'b', 'c'].map(id => member(id, ['x-id', 'y-id'], ranged));
    const owners = ownersOf(next(nobody, members, [topic('x', 7), topic('y', 3)]));
    expect([...owners.values()].join('')).toBe('aaabbccabc');
  });

  it('is that of the group where most of its members ask for it', () => {
    const votes = ['range', 'range', 'uniform'].map((assignor, index) =>
      member(`m${index}`, ['x-id'], { assignor: assignor as AssignorName }),
    );
    expect([...ownersOf(next(nobody, votes, [topic('x', 5)])).values()]).toEqual(['m0', 'm0', 'm1', 'm1', 'm2']);
  });
});

describe('an assignment', () => {
  it('keeps the epoch of what stays, and dates what changes hands', () => {
    const [a, b] = [member('a', ['x-id']), member('b', ['x-id'])];
    const first = next(nobody, [a], [topic('x', 4)], 10);
    const second = next(first, [a, b], [topic('x', 4)], 20);
    const sinces = second.topics[0]?.owners.map(({ member: at, since }) => [second.members[at]?.memberId, since]);
    expect(sinces?.filter(([id]) => id === 'a')).toEqual([
      ['a', 1],
      ['a', 1],
    ]);
    expect(sinces?.filter(([id]) => id === 'b')).toEqual([
      ['b', 2],
      ['b', 2],
    ]);
    expect([...second.began]).toEqual(
      expect.arrayContaining([
        [1, 10],
        [2, 20],
      ]),
    );
  });

  it('gives another incarnation its partitions anew', () => {
    const first = next(nobody, [member('a', ['x-id'])], [topic('x', 2)]);
    const second = next(first, [member('a', ['x-id'], { incarnation: 'a-2' })], [topic('x', 2)]);
    expect(second.topics[0]?.owners.map(({ since }) => since)).toEqual([2, 2]);
  });

  it('of a topic that was deleted and created again has nothing of the old one', () => {
    const first = next(nobody, [member('a', ['x-id'])], [topic('x', 2)]);
    const again = { ...topic('x', 2), topicId: 'x-again' };
    const second = next(first, [member('a', ['x-again'])], [again]);
    expect(second.topics.map(({ topicId, owners }) => [topicId, owners.map(({ since }) => since)])).toEqual([
      ['x-again', [2, 2]],
    ]);
  });

  it('changes where a topic gains partitions, and nothing but those', () => {
    const members = [member('a', ['x-id']), member('b', ['x-id'])];
    const first = next(nobody, members, [topic('x', 2)]);
    const second = next(first, members, [topic('x', 4)]);
    expect(second.topics[0]?.owners.map(({ since }) => since)).toEqual([1, 1, 2, 2]);
    expect([...countsOf(second).values()]).toEqual([2, 2]);
  });

  it('admits as many members as a group may have, those first that are in it', () => {
    const { membersPerGroup } = limits;
    const many = Array.from({ length: membersPerGroup }, (_, index) => member(`m${index}`, ['x-id']));
    const first = next(nobody, many, [topic('x', 1)]);
    const second = next(first, [...many, member('a', ['x-id'])], [topic('x', 2)]);
    expect(second.members).toHaveLength(membersPerGroup);
    expect(second.members.some(({ memberId }) => memberId === 'a')).toBe(false);
  });

  it('shares out as many partitions as a group may, in the order of topics', () => {
    const half = limits.partitionsPerGroup / 2;
    const topics = [topic('x', half), topic('y', half), topic('z', 1)];
    const assigned = next(nobody, [member('a', ['x-id', 'y-id', 'z-id'])], topics);
    expect(assigned.topics.map(({ name }) => name)).toEqual(['x', 'y']);
  });

  it('fits into an item of the table, whatever members and topics are called', () => {
    const topics = Array.from({ length: limits.partitionsPerGroup }, (_, index) =>
      topic(`${index}`.padEnd(limits.topicNameLength, 'x'), 1),
    );
    const all = new Set(topics.map(({ topicId }) => topicId));
    const long = (index: number) => `${index}`.padEnd(limits.groupIdLength, '本');
    const members = Array.from({ length: limits.membersPerGroup }, (_, index) =>
      member(long(index), [], { incarnation: long(index), topics: all }),
    );
    const assigned = next(nobody, members, topics);
    expect(assigned.members.length).toBeGreaterThan(50);
    expect(assigned.topics.length).toBeGreaterThan(300);
    const item = { pk: '', sk: '', version: 1, writeId: '', attributes: assignmentAttributes(assigned) };
    expect(itemSizeInBytes(item)).toBeLessThan(ITEM_BYTES);
    // the same in ordinary words is not cut
    const ordinary = Array.from({ length: limits.membersPerGroup }, (_, index) =>
      member(`${index}`.padEnd(36), ['x-id']),
    );
    expect(next(nobody, ordinary, [topic('x', limits.partitionsPerTopic)])).toMatchObject({
      members: { length: limits.membersPerGroup },
      topics: { length: 1 },
    });
  });

  it('forgets when an epoch began that nobody waits for any more', () => {
    const first = next(nobody, [member('a', ['x-id'])], [topic('x', 2)], 10);
    const later = 11 + limits.rebalanceTimeoutMs;
    const second = next(first, [member('a', ['x-id'])], [topic('x', 3)], later);
    expect([...second.began]).toEqual([[2, later]]);
  });
});
