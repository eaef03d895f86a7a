/** The offsets of a group on v3: committed as they are, altered, reset and deleted. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { assigned, done, newGroup, pollFor, produceTo, subscribed, topicOf } from './support/consumers.ts';
import { alterOffsets, groupOffsets, Member, offsetOf, pathOfGroup, postOffsets, resultsOf } from './support/groups.ts';
import { expectError, misfit, notJson } from './support/refusals.ts';

const active = { status: 409, code: 40920, message: /^NON_EMPTY_GROUP/ } as const;

/** Kafka's numbers. */
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const OFFSET_METADATA_TOO_LARGE = 12;
const GROUP_SUBSCRIBED_TO_TOPIC = 86;
const STALE_MEMBER_EPOCH = 113;

export function groupOffsetCases(client: Client): void {
  /** Two partitions, offsets 0 to 4 in each, timestamps 1,000 to 5,000. */
  let topic: string;
  let member: Member;
  let activeGroup: string;

  beforeAll(async () => {
    topic = await topicOf(client, { partitions: 2 });
    activeGroup = newGroup();
    member = new Member(client, activeGroup, { subscribed_topic_names: [topic], session_timeout_ms: 600_000 });
    await member.beat();
  });

  const codes = async (id: string, verb: string, json: unknown) =>
    resultsOf(await postOffsets(client, id, verb, json)).map(({ error_code }) => error_code);

  const commit = (id: string, ...offsets: object[]) => codes(id, 'commit', { offsets });

  describe('a commit of a reader that is no member', () => {
    it('stores offsets as they are, with metadata, for a group that may be new', async () => {
      const id = newGroup();
      const answer = await postOffsets(client, id, 'commit', {
        offsets: [offsetOf(topic, 3, { metadata: 'm' }), offsetOf(topic, 0, { partition_id: 1, metadata: null })],
      });
      expect(resultsOf(answer)).toEqual([
        { topic_name: topic, partition_id: 0, error_code: 0 },
        { topic_name: topic, partition_id: 1, error_code: 0 },
      ]);
      const { data } = (await client.get(pathOfGroup(id, '/offsets'))).json as { data: object[] };
      expect(data).toMatchObject([
        { offset: 3, metadata: 'm' },
        { offset: 0, metadata: '' },
      ]);
      const reader = await assigned(client, topic, [0], {}, id);
      expect((await pollFor(client, reader, 2)).map(({ offset }) => offset)).toEqual([3, 4]);
    });

    it('never takes an offset back', async () => {
      const id = newGroup();
      for (const offset of [4, 2, 4]) expect(await commit(id, offsetOf(topic, offset))).toEqual([0]);
      expect(await groupOffsets(client, id)).toEqual({ 0: 4 });
    });

    it('tells of each partition alone what is wrong with it', async () => {
      const id = newGroup();
      const result = await commit(
        id,
        offsetOf(client.newName(), 1),
        offsetOf(topic, 1, { partition_id: 2 }),
        offsetOf('a/b', 1),
        offsetOf(topic, 1, { metadata: 'x'.repeat(4_097) }),
        offsetOf(topic, 2, { partition_id: 1, metadata: 'é'.repeat(2_048) }),
      );
      const unknown = UNKNOWN_TOPIC_OR_PARTITION;
      expect(result).toEqual([unknown, unknown, expect.any(Number), OFFSET_METADATA_TOO_LARGE, 0]);
      expect(result[2]).not.toBe(0);
      expect(await groupOffsets(client, id)).toEqual({ 1: 2 });
    });

    it('is refused where the group has members', async () => {
      expectError(await postOffsets(client, activeGroup, 'commit', { offsets: [offsetOf(topic, 1)] }), active);
    });
  });

  describe('a commit of a member', () => {
    it('stores offsets as they are, and none that is lower', async () => {
      for (const offset of [2, 1]) {
        expect(resultsOf(await member.commit(topic, offset))).toMatchObject([{ error_code: 0 }]);
      }
      expect((await groupOffsets(client, activeGroup))[0]).toBe(2);
    });

    it.each([
      ['of another member', { member_id: 'nobody' }],
      ['of another epoch', { assignment_epoch: 1_000_000 }],
    ])('without the right to the partition is refused, and stores nothing: %s', async (_, wrong) => {
      const before = await groupOffsets(client, activeGroup);
      const results = resultsOf(await member.commit(topic, 5, { partition: 1, ...wrong }));
      expect(results).toMatchObject(
        [{ error_code: STALE_MEMBER_EPOCH, message: /^STALE_MEMBER_EPOCH/ }].map(({ error_code }) => ({ error_code })),
      );
      expect(await groupOffsets(client, activeGroup)).toEqual(before);
    });

    it('without an assignment epoch has no right', async () => {
      const json = { member_id: member.id, offsets: [offsetOf(topic, 5, { partition_id: 1 })] };
      expect(await codes(activeGroup, 'commit', json)).toEqual([STALE_MEMBER_EPOCH]);
    });

    it('that left has no right any more', async () => {
      const id = newGroup();
      const gone = new Member(client, id, { subscribed_topic_names: [topic] });
      await gone.beat();
      const [right] = gone.rights;
      await gone.leave();
      await new Member(client, id, { subscribed_topic_names: [topic] }).beat();
      const json = { member_id: gone.id, offsets: [{ ...right, offset: 5 }] };
      expect(await codes(id, 'commit', json)).toEqual([STALE_MEMBER_EPOCH]);
      expect(await groupOffsets(client, id)).toEqual({});
    });

    it('of a group that is not there is refused', async () => {
      const json = { member_id: 'm', offsets: [offsetOf(topic, 1, { assignment_epoch: 1 })] };
      expectError(await postOffsets(client, newGroup(), 'commit', json), { status: 404, code: 40405 });
    });
  });

  describe('an alteration', () => {
    it('sets offsets back and forth', async () => {
      const id = newGroup();
      for (const offset of [4, 1, 3]) {
        await alterOffsets(client, id, topic, [offset]);
        expect(await groupOffsets(client, id)).toEqual({ 0: offset });
      }
    });

    it('sets metadata, and takes it away', async () => {
      const id = newGroup();
      const metadata = async () =>
        ((await client.get(pathOfGroup(id, '/offsets'))).json as { data: { metadata: string }[] }).data[0]?.metadata;
      await codes(id, 'alter', { offsets: [offsetOf(topic, 1, { metadata: 'x' })] });
      expect(await metadata()).toBe('x');
      await alterOffsets(client, id, topic, [1]);
      expect(await metadata()).toBe('');
    });

    it('is refused while the group has members', async () => {
      expectError(await postOffsets(client, activeGroup, 'alter', { offsets: [offsetOf(topic, 0)] }), active);
    });

    it('is what those who join later begin with', async () => {
      const id = newGroup();
      await alterOffsets(client, id, topic, [4, 5]);
      const instance = await subscribed(client, [topic], {}, id);
      expect((await pollFor(client, instance, 1)).map(({ partition, offset }) => [partition, offset])).toEqual([
        [0, 4],
      ]);
    });
  });

  describe('a reset', () => {
    const reset = async (id: string, to: object, partitions?: readonly number[]) => {
      const answer = await postOffsets(client, id, 'reset', { topics: [{ topic_name: topic, partitions }], ...to });
      return Object.fromEntries(resultsOf(answer).map(({ partition_id, offset }) => [partition_id, offset]));
    };

    it.each([
      [{ to: 'earliest' }, 0],
      [{ to: 'latest' }, 5],
      [{ to: 'offset', offset: 3 }, 3],
      [{ to: 'offset', offset: 0 }, 0],
      [{ to: 'offset', offset: 99 }, 5],
      [{ to: 'timestamp', timestamp: '1970-01-01T00:00:02.500Z' }, 2],
      [{ to: 'timestamp', timestamp: '1970-01-01T00:00:00Z' }, 0],
      [{ to: 'timestamp', timestamp: '2999-01-01T00:00:00Z' }, 5],
      [{ to: 'shift', shift_by: 2 }, 4],
      [{ to: 'shift', shift_by: -1 }, 1],
      [{ to: 'shift', shift_by: 0 }, 2],
      [{ to: 'shift', shift_by: 100 }, 5],
      [{ to: 'shift', shift_by: -100 }, 0],
    ])('%j sets all partitions of a topic to %i', async (to, offset) => {
      const id = newGroup();
      await alterOffsets(client, id, topic, [2, 2]);
      expect(await reset(id, to)).toEqual({ 0: offset, 1: offset });
      expect(await groupOffsets(client, id)).toEqual({ 0: offset, 1: offset });
    });

    it('is of the partitions that are named, and of several topics', async () => {
      const id = newGroup();
      const other = await topicOf(client, { partitions: 2, count: 1 });
      await alterOffsets(client, id, topic, [2, 2]);
      expect(await reset(id, { to: 'latest' }, [1, 1])).toEqual({ 1: 5 });
      expect(await groupOffsets(client, id)).toEqual({ 0: 2, 1: 5 });
      const topics = [{ topic_name: topic }, { topic_name: other, partitions: [0] }];
      const results = resultsOf(await postOffsets(client, id, 'reset', { topics, to: 'earliest' }));
      expect(results.map(({ topic_name, partition_id, offset }) => [topic_name, partition_id, offset])).toEqual([
        [topic, 0, 0],
        [topic, 1, 0],
        [other, 0, 0],
      ]);
    });

    it('of a group that is new sets what is asked for', async () => {
      expect(await reset(newGroup(), { to: 'latest' })).toEqual({ 0: 5, 1: 5 });
    });

    it('tells of each partition alone that it is not there', async () => {
      const id = newGroup();
      const topics = [
        { topic_name: topic, partitions: [0, 9] },
        { topic_name: client.newName(), partitions: [0] },
      ];
      expect(await codes(id, 'reset', { topics, to: 'latest' })).toEqual([0, 3, 3]);
      expect(await groupOffsets(client, id)).toEqual({ 0: 5 });
    });

    it.each(['', '.', 'a/b', 'é'.repeat(249), 'a\u0000b', '\ud800'])(
      'of a topic with a name that none can have is as of one that is not there: %j',
      async name => {
        const id = newGroup();
        const some = { topics: [{ topic_name: name, partitions: [0] }], to: 'latest' };
        expect(await codes(id, 'reset', some)).toEqual([UNKNOWN_TOPIC_OR_PARTITION]);
        for (const verb of ['commit', 'alter']) {
          expect(await codes(id, verb, { offsets: [offsetOf(name, 0)] })).toEqual([UNKNOWN_TOPIC_OR_PARTITION]);
        }
        const whole = await postOffsets(client, id, 'reset', { topics: [{ topic_name: name }], to: 'latest' });
        expectError(whole, { status: 404, code: 40403 });
      },
    );

    it('of a whole topic that is not there is refused', async () => {
      const json = { topics: [{ topic_name: client.newName() }], to: 'latest' };
      expectError(await postOffsets(client, newGroup(), 'reset', json), { status: 404, code: 40403 });
    });

    it('is refused while the group has members, and stores nothing', async () => {
      const before = await groupOffsets(client, activeGroup);
      for (const to of [{ to: 'earliest' }, { to: 'latest' }, { to: 'offset', offset: 0 }]) {
        const json = { topics: [{ topic_name: topic }], ...to };
        expectError(await postOffsets(client, activeGroup, 'reset', json), active);
      }
      expect(await groupOffsets(client, activeGroup)).toEqual(before);
    });

    it('is taken once its members have left', async () => {
      const instance = await subscribed(client, [topic]);
      await pollFor(client, instance, 10);
      await client.send('POST', `${instance.path}/offsets`);
      await done(client.send('DELETE', instance.path));
      expect(await reset(instance.group, { to: 'earliest' })).toEqual({ 0: 0, 1: 0 });
      expect(await pollFor(client, await subscribed(client, [topic], {}, instance.group), 10)).toHaveLength(10);
    });
  });

  describe('a deletion', () => {
    it('takes the offsets of the partitions that are named, or of all', async () => {
      const id = newGroup();
      await alterOffsets(client, id, topic, [1, 2]);
      expect(await codes(id, 'delete', { topics: [{ topic_name: topic, partitions: [0] }] })).toEqual([0]);
      expect(await groupOffsets(client, id)).toEqual({ 1: 2 });
      expect(await codes(id, 'delete', { topics: [{ topic_name: topic }] })).toEqual([0, 0]);
      expect(await groupOffsets(client, id)).toEqual({});
      const { data } = (await client.get(pathOfGroup(id, '/lags'))).json as { data: unknown[] };
      expect(data).toEqual([]);
    });

    it('lets a group begin as if it were new', async () => {
      const id = newGroup();
      const fresh = await topicOf(client, { count: 3 });
      await alterOffsets(client, id, fresh, [1]);
      await codes(id, 'delete', { topics: [{ topic_name: fresh }] });
      const instance = await subscribed(client, [fresh], { 'auto.offset.reset': 'latest' }, id);
      await produceTo(client, fresh, 0, 1, 3);
      expect((await pollFor(client, instance, 1))[0]?.offset).toBe(3);
    });

    it('is refused where a member is subscribed, and of other topics it is not', async () => {
      const other = await topicOf(client, { count: 1 });
      const id = newGroup();
      await alterOffsets(client, id, other, [1]);
      await alterOffsets(client, id, topic, [1, 1]);
      await subscribed(client, [topic], {}, id);
      const topics = [{ topic_name: topic, partitions: [0] }, { topic_name: other }];
      expect(await codes(id, 'delete', { topics })).toEqual([GROUP_SUBSCRIBED_TO_TOPIC, 0]);
      expect(await groupOffsets(client, id)).toEqual({ 0: 1, 1: 1 });
    });
  });

  describe('a body of another shape', () => {
    const offset = { topic_name: 't', partition_id: 0, offset: 0 };

    it.each([
      ['commit', {}],
      ['commit', { offsets: [] }],
      ['commit', { offsets: [{ ...offset, offset: -1 }] }],
      ['commit', { offsets: [{ ...offset, offset: 0.5 }] }],
      ['commit', { offsets: [{ ...offset, offset: 9_007_199_254_740_992 }] }],
      ['commit', { offsets: [{ ...offset, partition_id: -1 }] }],
      ['commit', { offsets: [{ ...offset, partition_id: '0' }] }],
      ['commit', { offsets: [{ ...offset, assignment_epoch: 0 }] }],
      ['commit', { offsets: [{ ...offset, topic: 't' }] }],
      ['commit', { offsets: [offset], member: 'm' }],
      ['alter', { offsets: [] }],
      ['alter', { offsets: [{ topic_name: 't', partition_id: 0 }] }],
      ['alter', { offsets: [{ ...offset, assignment_epoch: 1 }] }],
      ['reset', {}],
      ['reset', { topics: [], to: 'latest' }],
      ['reset', { topics: [{ topic_name: 't' }] }],
      ['reset', { topics: [{ topic_name: 't' }], to: 'newest' }],
      ['reset', { topics: [{ topic_name: 't' }], to: 'offset' }],
      ['reset', { topics: [{ topic_name: 't' }], to: 'latest', offset: 1 }],
      ['reset', { topics: [{ topic_name: 't' }], to: 'offset', offset: 1, shift_by: 1 }],
      ['reset', { topics: [{ topic_name: 't' }], to: 'timestamp' }],
      ['reset', { topics: [{ topic_name: 't' }], to: 'timestamp', timestamp: 'now' }],
      ['reset', { topics: [{ topic_name: 't' }], to: 'shift', shift_by: 0.5 }],
      ['reset', { topics: [{ topic_name: 't', partitions: [] }], to: 'latest' }],
      ['delete', {}],
      ['delete', { topics: [] }],
      ['delete', { topics: [{}] }],
      ['delete', { topics: [{ topic_name: 't', partitions: [-1] }] }],
    ])('is refused: offsets:%s %j', async (verb, json) => {
      expectError(await postOffsets(client, newGroup(), verb, json), misfit);
    });

    it.each(['commit', 'alter', 'reset', 'delete'])(
      'is refused where it is no JSON, or no body: offsets:%s',
      async verb => {
        const path = pathOfGroup(newGroup(), `/offsets:${verb}`);
        expectError(await client.send('POST', path), misfit);
        expectError(await client.send('POST', path, { body: '{', type: 'application/json' }), notJson);
        expectError(await client.send('POST', path, { body: '{}', type: 'text/plain' }), { status: 415, code: 415 });
      },
    );
  });
}
