/** Committed offsets and positions of a consumer instance of v2. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import {
  assigned,
  commit,
  committedIn,
  committedOf,
  createInstance,
  done,
  type Instance,
  poll,
  pollFor,
  pollUntil,
  positionsOf,
  postTo,
  recordsOf,
  sharing,
  subscribed,
  topicOf,
} from './support/consumers.ts';
import { getWithBody } from './support/get-with-body.ts';
import { groupOffsets } from './support/groups.ts';
import { expectError, misfit, notJson } from './support/refusals.ts';

const METADATA_BYTES = 4_096;

const illegal = { status: 409, code: 40903 } as const;

export function consumerOffsetCases(client: Client): void {
  /** Two partitions, offsets 0 to 4 in each, timestamps 1,000 to 5,000. */
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client, { partitions: 2 });
  });

  const at = (partition: number, more: object) => ({ topic, partition, ...more });

  const committedBy = async ({ path }: Instance, ...partitions: object[]) =>
    committedIn(await getWithBody(client, `${path}/offsets`, JSON.stringify({ partitions })));

  describe('a commit', () => {
    it('of a record’s offset stores the next one', async () => {
      const instance = await subscribed(client, [topic]);
      await commit(client, instance, [at(0, { offset: 2 }), at(1, { offset: 0 })]);
      expect(await committedOf(client, instance)).toEqual({ 0: 3, 1: 1 });
      expect(await groupOffsets(client, instance.group)).toEqual({ 0: 3, 1: 1 });
      await done(client.send('DELETE', instance.path));
      const next = await subscribed(client, [topic], {}, instance.group);
      const offsets = (await pollFor(client, next, 6)).map(({ partition, offset }) => `${partition}:${offset}`);
      expect(offsets.toSorted()).toEqual(['0:3', '0:4', '1:1', '1:2', '1:3', '1:4']);
    });

    it.each(['', '?async=true', '?async=false'])(
      'of nothing named is of all that was given: POST offsets%s',
      async query => {
        const instance = await subscribed(client, [topic]);
        await pollFor(client, instance, 10);
        const answer = await client.send('POST', `${instance.path}/offsets${query}`, { type: mediaType.v2 });
        expect(answer.status, answer.text).toBe(200);
        expect(await committedOf(client, instance)).toEqual({ 0: 5, 1: 5 });
      },
    );

    it('of an empty list is of nothing', async () => {
      const instance = await subscribed(client, [topic]);
      await pollFor(client, instance, 10);
      await commit(client, instance, []);
      expect(await committedOf(client, instance)).toEqual({});
    });

    it('never takes an offset back', async () => {
      const instance = await subscribed(client, [topic]);
      await commit(client, instance, [at(0, { offset: 3 })]);
      await commit(client, instance, [at(0, { offset: 1 })]);
      expect(await committedOf(client, instance)).toEqual({ 0: 4 });
    });

    it('may be repeated', async () => {
      const instance = await subscribed(client, [topic]);
      for (let times = 0; times < 3; times++) await commit(client, instance, [at(0, { offset: 3 })]);
      expect(await committedOf(client, instance)).toEqual({ 0: 4 });
    });

    it.each([
      ['one byte less than the limit', 'x'.repeat(METADATA_BYTES - 1)],
      ['as many bytes as the limit', 'x'.repeat(METADATA_BYTES)],
      ['as many bytes in fewer characters', 'é'.repeat(METADATA_BYTES / 2)],
      ['no bytes', ''],
      ['quotes and controls', '"\\\u0000\n😀'],
    ])('has metadata that comes back: %s', async (_, metadata) => {
      const instance = await assigned(client, topic, [0]);
      await commit(client, instance, [at(0, { offset: 0, metadata })]);
      expect(await committedBy(instance, at(0, {}))).toEqual([at(0, { offset: 1, metadata })]);
    });

    it.each(['x'.repeat(METADATA_BYTES + 1), `x${'é'.repeat(METADATA_BYTES / 2)}`])(
      'has no metadata of one byte more',
      async metadata => {
        const instance = await subscribed(client, [topic]);
        const answer = await postTo(client, instance, 'offsets', { offsets: [at(0, { offset: 0, metadata })] });
        expectError(answer, { ...misfit, message: /OFFSET_METADATA_TOO_LARGE.*4,?097.*4,?096/ });
        expect(await committedOf(client, instance)).toEqual({});
      },
    );

    it('is refused for a partition that is not the subscriber’s', async () => {
      const other = await topicOf(client, { count: 1 });
      const instance = await subscribed(client, [topic]);
      const post = (offset: object) => postTo(client, instance, 'offsets', { offsets: [offset] });
      expectError(await post({ topic: other, partition: 0, offset: 0 }), illegal);
      expectError(await post(at(2, { offset: 0 })), { status: [404, 409], code: [40402, 40903] });
      expectError(await post({ topic: 'a/b', partition: 0, offset: 0 }), { status: 404, code: 40401 });
      expect(await groupOffsets(client, instance.group)).toEqual({});
    });

    it('by one that chose its partitions is refused while the group has members', async () => {
      const member = await subscribed(client, [topic]);
      const chosen = await assigned(client, topic, [0], {}, member.group);
      const offsets = [at(0, { offset: 1 })];
      expectError(await postTo(client, chosen, 'offsets', { offsets }), { status: 409, code: 40920 });
      await done(client.send('DELETE', member.path));
      await commit(client, chosen, offsets);
      expect(await committedOf(client, chosen)).toEqual({ 0: 2 });
    });

    it('by one that chose its partitions names what is there', async () => {
      const chosen = await assigned(client, topic, [0]);
      const post = (offset: object) => postTo(client, chosen, 'offsets', { offsets: [offset] });
      expectError(await post(at(2, { offset: 0 })), { status: 404, code: 40402 });
      expectError(await post({ topic: client.newName(), partition: 0, offset: 0 }), { status: 404, code: 40401 });
    });
  });

  describe('committed offsets', () => {
    it('are those of the partitions that a body names, whoever has them', async () => {
      const instance = await assigned(client, topic, [0]);
      await commit(client, instance, [at(0, { offset: 1, metadata: 'a' })]);
      const other = await createInstance(client, {}, instance.group);
      expect(await committedBy(other, at(1, {}), at(0, {}))).toEqual([at(0, { offset: 2, metadata: 'a' })]);
      expect(await committedBy(other)).toEqual([]);
    });

    it('are those of the partitions that the instance has, where there is no body', async () => {
      const instance = await assigned(client, topic, [0, 1]);
      await commit(client, instance, [at(1, { offset: 1 })]);
      expect(committedIn(await client.get(`${instance.path}/offsets`))).toEqual([at(1, { offset: 2, metadata: '' })]);
      expect(await committedOf(client, await createInstance(client, {}, instance.group))).toEqual({});
    });

    it('are not those of what is not there', async () => {
      const instance = await assigned(client, topic, [0]);
      const get = (partition: object) =>
        getWithBody(client, `${instance.path}/offsets`, JSON.stringify({ partitions: [at(0, {}), partition] }));
      expectError(await get({ topic: client.newName(), partition: 0 }), { status: 404, code: 40401 });
      expectError(await get(at(2, {})), { status: 404, code: 40402 });
    });

    it('are not those of a body that does not fit', async () => {
      const { path } = await assigned(client, topic, [0]);
      expectError(await getWithBody(client, `${path}/offsets`, '{}'), misfit);
      expectError(await getWithBody(client, `${path}/offsets`, '{"partitions":[{"topic":"t"}]}'), misfit);
      expectError(await getWithBody(client, `${path}/offsets`, '{"partitions"'), notJson);
      expectError(await getWithBody(client, `${path}/offsets`, '{}', 'text/plain'), { status: 415, code: 415 });
    });
  });

  describe('positions', () => {
    it('are the next offsets to read, and stand where the group has committed', async () => {
      const instance = await assigned(client, topic, [0, 1]);
      expect(await positionsOf(client, instance)).toEqual({ 0: 0, 1: 0 });
      await pollFor(client, instance, 10);
      expect(await positionsOf(client, instance)).toEqual({ 0: 5, 1: 5 });
      await commit(client, instance, [at(0, { offset: 2 })]);
      const next = await assigned(client, topic, [0, 1], {}, instance.group);
      expect(await positionsOf(client, next)).toEqual({ 0: 3, 1: 0 });
    });

    it('can be moved to the beginning and to the end', async () => {
      const instance = await assigned(client, topic, [0, 1]);
      await done(postTo(client, instance, 'positions/end', { partitions: [at(0, {}), at(1, {})] }));
      expect(await positionsOf(client, instance)).toEqual({ 0: 5, 1: 5 });
      expect(recordsOf(await poll(client, instance, { timeout: 0 }))).toEqual([]);
      await done(postTo(client, instance, 'positions/beginning', { partitions: [at(1, {})] }));
      expect(await positionsOf(client, instance)).toEqual({ 0: 5, 1: 0 });
      expect((await pollFor(client, instance, 5)).map(({ partition }) => partition)).toEqual([1, 1, 1, 1, 1]);
    });

    it('can be moved to offsets and to points in time', async () => {
      const instance = await assigned(client, topic, [0, 1]);
      const offsets = [at(0, { offset: 4, metadata: 'passed over' })];
      const timestamps = [at(1, { timestamp: '1970-01-01T00:00:02.500Z' })];
      await done(postTo(client, instance, 'positions', { offsets, timestamps }));
      expect(await positionsOf(client, instance)).toEqual({ 0: 4, 1: 2 });
      expect(await pollFor(client, instance, 4)).toHaveLength(4);
    });

    it.each([
      ['1970-01-01T00:00:00Z', 0],
      ['1970-01-01T00:00:01Z', 0],
      ['1970-01-01T00:00:01.001Z', 1],
      ['1970-01-01T01:00:05+01:00', 4],
      ['1970-01-01T00:00:05.001Z', 5],
      ['9999-12-31T23:59:59Z', 5],
    ])('can be moved to the first record at or after %s', async (timestamp, offset) => {
      const instance = await assigned(client, topic, [0]);
      await done(postTo(client, instance, 'positions', { timestamps: [at(0, { timestamp })] }));
      expect(await positionsOf(client, instance)).toEqual({ 0: offset });
    });

    it('are moved all or none', async () => {
      const instance = await assigned(client, topic, [0]);
      const partitions = [at(0, {}), at(1, {})];
      const offsets = partitions.map(each => ({ ...each, offset: 2 }));
      expectError(await postTo(client, instance, 'positions', { offsets }), illegal);
      expectError(await postTo(client, instance, 'positions/end', { partitions }), illegal);
      expect(await positionsOf(client, instance)).toEqual({ 0: 0 });
    });

    it.each([6, 9_007_199_254_740_991])('beyond the end are reset as the instance says: %i', async offset => {
      const offsets = [at(0, { offset })];
      const earliest = await assigned(client, topic, [0]);
      await done(postTo(client, earliest, 'positions', { offsets }));
      await pollUntil(client, [earliest], async () => ((await positionsOf(client, earliest))[0] ?? offset) <= 5);
      await pollUntil(client, [earliest], async () => (await positionsOf(client, earliest))[0] === 5);
      const none = await assigned(client, topic, [], { 'auto.offset.reset': 'none' });
      await commit(client, earliest, [at(0, { offset: 1 })]);
      const strict = await assigned(client, topic, [0], { 'auto.offset.reset': 'none' }, earliest.group);
      await done(postTo(client, strict, 'positions', { offsets }));
      expectError(await poll(client, strict), { status: 416, code: 41601, message: /OFFSET_OUT_OF_RANGE/ });
      expectError(await poll(client, none), illegal);
    });

    it('that are moved commit nothing, and can go back behind what was committed', async () => {
      const instance = await subscribed(client, [topic]);
      await pollFor(client, instance, 10);
      await commit(client, instance, [at(0, { offset: 4 })]);
      await done(postTo(client, instance, 'positions', { offsets: [at(0, { offset: 1 }), at(1, { offset: 3 })] }));
      expect(await committedOf(client, instance)).toEqual({ 0: 5 });
      expect(await pollFor(client, instance, 6)).toHaveLength(6);
      expect(await committedOf(client, instance)).toEqual({ 0: 5 });
    });

    it('are not there to an instance without partitions', async () => {
      const instance = await createInstance(client);
      expect(await positionsOf(client, instance)).toEqual({});
      expectError(await postTo(client, instance, 'positions', { offsets: [at(0, { offset: 0 })] }), illegal);
    });
  });

  describe('an instance that is told to make no offset up', sharing, () => {
    it('reads nothing where the group has committed nothing, and what follows where it has', async () => {
      const none = { 'auto.offset.reset': 'none' };
      const instance = await subscribed(client, [topic], none);
      const outOfRange = { status: 416, code: 41601, message: /auto\.offset\.reset/ } as const;
      expectError(await poll(client, instance), outOfRange);
      const manual = await createInstance(client, none);
      expectError(await postTo(client, manual, 'assignments', { partitions: [at(0, {})] }), outOfRange);
      const committer = await assigned(client, topic, [0]);
      await commit(client, committer, [at(0, { offset: 2 })]);
      const chosen = await assigned(client, topic, [0], none, committer.group);
      expect((await pollFor(client, chosen, 2)).map(({ offset }) => offset)).toEqual([3, 4]);
    });
  });
}
