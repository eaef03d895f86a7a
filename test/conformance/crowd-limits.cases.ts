/**
 * Limits that take hundreds of topics to reach, tried as the others are (`limits.cases.ts`), but on one machine alone: emulators take
 * minutes to make so many.
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../lib/protocol/limits.ts';
import type { Answer, Client } from './client.ts';
import { named } from './limits/trial.ts';
import { createInstance, newGroup, postTo } from './support/consumers.ts';
import { postBeat } from './support/groups.ts';
import { type ExpectedError, expectError, misfit } from './support/refusals.ts';

const crowded = { timeout: 120_000 } as const;

/** Requests that are sent side by side. */
const AT_ONCE = 16;

/** Bytes of a topic beside its name, and of a partition, in the items that bound them: `lib/groups/item-room.ts`. */
const TOPIC_BYTES = 22 + 16;
const OWNED_BYTES = 11;
const HELD_BYTES = 48;
const NAMED_BYTES = 16;

const MEMBER = { member_id: 'm', member_epoch: 0 } as const;

export function crowdLimitCases(client: Client): void {
  const refusal = (limit: number): ExpectedError => ({ ...misfit, message: named(limit) });

  /** Topics with names of these lengths, one partition each unless told otherwise. */
  async function topicsOf(lengths: readonly number[], partitions = 1): Promise<readonly string[]> {
    const names = lengths.map(length => client.newName().padEnd(length, 'x'));
    await sideBySide(names, async topic_name => {
      const answer = await client.post('…/topics', { topic_name, partitions_count: partitions });
      expect(answer.status, answer.text).toBe(201);
    });
    return names;
  }

  const deleteTopics = (names: readonly string[]) =>
    sideBySide(names, name => client.send('DELETE', `…/topics/${name}`));

  const join = (topics: readonly string[]): Promise<Answer> =>
    postBeat(client, newGroup(), { ...MEMBER, auto_offset_reset: 'earliest', subscribed_topic_names: topics });

  async function subscribe(topics: readonly string[]): Promise<Answer> {
    const instance = await createInstance(client);
    return postTo(client, instance, 'subscription', { topics });
  }

  /** All sets of topics are taken but the last, which is refused. */
  async function expectBound(
    ask: (topics: readonly string[]) => Promise<Answer>,
    sets: readonly (readonly string[])[],
    limit: number,
  ) {
    for (const set of sets.slice(0, -1)) {
      const answer = await ask(set);
      expect([200, 204], answer.text).toContain(answer.status);
    }
    expectError(await ask(sets.at(-1) ?? []), refusal(limit));
  }

  describe('a subscription', () => {
    it.each([
      ['a member', limits.partitionsPerGroup, join],
      ['an instance', limits.partitionsPerInstance, subscribe],
    ] as const)('of %s may mean %i partitions, and not one more', crowded, async (_who, limit, ask) => {
      const ones = await topicsOf([20, 20]);
      const [less = ''] = await topicsOf([20], limits.partitionsPerTopic - 1);
      const full = await topicsOf(Array(limit / limits.partitionsPerTopic - 1).fill(20), limits.partitionsPerTopic);
      const sets = [0, 1, 2].map(more => [...full, less, ...ones.slice(0, more)]);
      await expectBound(ask, sets, limit);
      await deleteTopics([...ones, less, ...full]);
    });

    it.each([
      ['a member', limits.groupTopicBytes, { beside: TOPIC_BYTES + OWNED_BYTES, times: 1 }, join],
      // an instance's item has the names once more
      [
        'an instance',
        limits.instanceTopicBytes,
        { beside: TOPIC_BYTES + HELD_BYTES + NAMED_BYTES, times: 2 },
        subscribe,
      ],
    ] as const)('of %s may take %i bytes, and no more', crowded, async (_who, limit, { beside, times }, ask) => {
      const sizeOf = (length: number) => length * times + beside;
      const longest = sizeOf(limits.topicNameLength);
      const many = Math.floor(limit / longest) - 1;
      const left = limit - many * longest;
      const half = Math.floor((left / 2 - beside) / times);
      const last = Math.floor((left - sizeOf(half) - beside) / times);
      const all = await topicsOf([...Array(many).fill(limits.topicNameLength), half]);
      const ends = await topicsOf([last - 1, last, last + 1]);
      const sets = ends.map(end => [...all, end]);
      await expectBound(ask, sets, limit);
      await deleteTopics([...all, ...ends]);
    });
  });
}

async function sideBySide<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < all.length; first += AT_ONCE) {
    await Promise.all(all.slice(first, first + AT_ONCE).map(act));
  }
}
