/** Heartbeats that bring records, and commit what was read. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { newGroup, places, produceTo, SETTLED_WITHIN_MS, sharing, topicOf } from './support/consumers.ts';
import {
  beatOf,
  groupOffsets,
  LEAVES,
  Member,
  type PollAnswer,
  type PolledPartition,
  postPoll,
} from './support/groups.ts';
import { base64, produceV2, produceV3, stringOf, valuesOf } from './support/produce.ts';
import { expectError, misfit } from './support/refusals.ts';

const partitionsOf = (answer: PollAnswer): readonly PolledPartition[] => answer.assignment.topic_partitions;

const only = (answer: PollAnswer): PolledPartition => {
  const [first] = partitionsOf(answer);
  return first ?? expect.fail('a partition is answered');
};

export function groupPollCases(client: Client): void {
  /** One partition, offsets 0 to 4. */
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client);
  });

  const memberOf = (name: string, more: object = {}, id = newGroup()) =>
    new Member(client, id, { subscribed_topic_names: [name], ...more });

  describe('a poll of a member', () => {
    it('joins, and gives records from the beginning on', async () => {
      const mixed = await client.createTopic();
      await produceV2(client, `/topics/${mixed}`, [
        { key: 'k', value: { n: 0 }, timestamp: 1_000, headers: [{ key: 'h', value: base64('x') }] },
        { value: null, timestamp: 2_000 },
      ]);
      const json = only(await memberOf(mixed).poll({}, mediaType.json));
      expect(json).toMatchObject({ is_new: true, position: 2, high_watermark: 2, error_code: 0 });
      expect(json.records).toEqual([
        { offset: 0, timestamp: 1_000, key: 'k', value: { n: 0 }, headers: [{ key: 'h', value: base64('x') }] },
        { offset: 1, timestamp: 2_000, key: null, value: null, headers: [] },
      ]);
      for (const accept of [undefined, 'application/json', mediaType.binary, '*/*']) {
        const binary = only(await memberOf(mixed).poll({}, accept));
        expect(binary.records).toMatchObject([{ key: base64('"k"'), value: base64('{"n":0}') }, { value: null }]);
      }
    });

    it('goes on from the positions that are sent', async () => {
      const member = memberOf(topic);
      const polls = [await member.poll({ max_bytes: 1 }), await member.poll({ max_bytes: 1 }), await member.poll()];
      expect(polls.map(only).map(({ records }) => records.map(({ offset }) => offset))).toEqual([[0], [1], [2, 3, 4]]);
      expect(polls.map(only).map(({ position }) => position)).toEqual([1, 2, 5]);
      expect(only(await member.poll()).records).toEqual([]);
    });

    it('gives again what was not received, for the client says where it stands', async () => {
      const member = memberOf(topic);
      await member.poll();
      const again = await member.poll({ topic_partitions: member.rights.map(right => ({ ...right, position: 3 })) });
      expect(only(again).records.map(({ offset }) => offset)).toEqual([3, 4]);
    });

    it('commits the positions that are sent, if it is told to', async () => {
      const id = newGroup();
      const member = memberOf(topic, {}, id);
      await member.poll({ max_bytes: 1 });
      await member.poll({ max_bytes: 1 });
      expect(await groupOffsets(client, id)).toEqual({});
      await member.poll({ commit: true });
      expect(await groupOffsets(client, id)).toEqual({ 0: 2 });
      const { member_id, member_epoch } = member.body;
      const back = member.rights.map(right => ({ ...right, position: 1 }));
      expect(
        (await postPoll(client, id, { member_id, member_epoch, topic_partitions: back, commit: true, max_wait_ms: 0 }))
          .status,
      ).toBe(200);
      expect(await groupOffsets(client, id)).toEqual({ 0: 2 });
    });

    it('is given the same position by who takes over', async () => {
      const id = newGroup();
      const gone = memberOf(topic, {}, id);
      await gone.poll({ max_bytes: 1 });
      await gone.poll({ max_bytes: 1, commit: true });
      await gone.leave();
      expect(only(await memberOf(topic, {}, id).poll()).records.map(({ offset }) => offset)).toEqual([1, 2, 3, 4]);
    });

    it('commits nothing of what is not the member’s, and goes on', async () => {
      const id = newGroup();
      const member = memberOf(topic, {}, id);
      await member.poll();
      const stale = member.rights.map(right => ({ ...right, assignment_epoch: 1_000_000, position: 5 }));
      const answer = await member.poll({ topic_partitions: stale, commit: true });
      expect(only(answer)).toMatchObject({ is_new: true, error_code: 0 });
      expect(await groupOffsets(client, id)).toEqual({});
    });

    it.each([
      ['earliest', 0],
      ['latest', 5],
    ])('resets a position that is out of range: auto_offset_reset=%s', async (auto_offset_reset, position) => {
      const member = memberOf(topic, { auto_offset_reset });
      await member.poll();
      const beyond = member.rights.map(right => ({ ...right, position: 99 }));
      const answer = only(await member.poll({ topic_partitions: beyond }));
      expect(answer).toMatchObject({ error_code: 1, position, records: [] });
      expect(answer.message).toMatch(/OFFSET_OUT_OF_RANGE/);
      expect(only(await member.poll())).toMatchObject({ error_code: 0, position: 5 });
    });

    it('leaves such a position as it is where it is to make none up', async () => {
      const id = newGroup();
      const first = memberOf(topic, {}, id);
      await first.beat();
      await first.commit(topic, 1);
      await first.leave();
      const member = memberOf(topic, { auto_offset_reset: 'none' }, id);
      expect(only(await member.poll()).records[0]?.offset).toBe(1);
      const beyond = member.rights.map(right => ({ ...right, position: 99 }));
      expect(only(await member.poll({ topic_partitions: beyond }))).toMatchObject({ error_code: 1, position: 99 });
    });

    it('has no position of a partition that the group has no offset of, and takes that back as it is', async () => {
      const id = newGroup();
      const member = memberOf(topic, { auto_offset_reset: 'none' }, id);
      expect(only(await member.poll())).toMatchObject({ position: null, records: [] });
      const { member_id, member_epoch } = member.body;
      const topic_partitions = member.rights.map(right => ({ ...right, position: null }));
      const answer = await postPoll(client, id, { member_id, member_epoch, topic_partitions, max_wait_ms: 0 });
      expect(answer.status, answer.text).toBe(200);
    });

    it('names a record that is not JSON, read as JSON, which can be stepped over', async () => {
      const mixed = await client.createTopic();
      for (const value of ['no', '1']) await produceV3(client, mixed, { value: stringOf(value) });
      const member = memberOf(mixed);
      for (let times = 0; times < 2; times++) {
        const answer = only(await member.poll({}, mediaType.json));
        expect(answer).toMatchObject({ error_code: 87, position: 0, high_watermark: 2, records: [] });
        expect(answer.message).toMatch(new RegExp(`${mixed}-0 at offset 0`));
      }
      const after = member.rights.map(right => ({ ...right, position: 1 }));
      const answer = only(await member.poll({ topic_partitions: after }, mediaType.json));
      expect(answer.records).toMatchObject([{ offset: 1, value: 1 }]);
    });

    it('waits at the end as long as it is told, and is woken by an append', async () => {
      const fresh = await client.createTopic();
      const member = memberOf(fresh);
      await member.beat();
      const began = performance.now();
      await member.poll({ max_wait_ms: 1_500 });
      expect(performance.now() - began).toBeGreaterThan(1_400);
      const waiting = member.poll({ max_wait_ms: 12_000 }, mediaType.json);
      await sleep(500);
      await produceV2(client, `/topics/${fresh}`, valuesOf('awake'));
      const produced = performance.now();
      expect(only(await waiting).records).toMatchObject([{ value: 'awake' }]);
      expect(performance.now() - produced).toBeLessThan(9_000);
    });

    it('is bounded by max_bytes over all partitions', async () => {
      const wide = await topicOf(client, { partitions: 3, count: 2 });
      const member = memberOf(wide);
      const seen: string[] = [];
      for (let polls = 0; polls < 6; polls++) {
        const records = partitionsOf(await member.poll({ max_bytes: 1 })).flatMap(each =>
          each.records.map(({ offset }) => `${each.partition_id}:00${offset}`),
        );
        expect(records).toHaveLength(1);
        seen.push(...records);
      }
      expect(seen.toSorted()).toEqual(places(3, 2));
    });

    it('may leave, like a heartbeat', async () => {
      const id = newGroup();
      const member = memberOf(topic, {}, id);
      await member.poll();
      const answer = await postPoll(client, id, { member_id: member.id, member_epoch: LEAVES });
      expect(beatOf(answer).assignment.topic_partitions).toEqual([]);
      expectError(await postPoll(client, id, { member_id: member.id, member_epoch: 1 }), { status: 404, code: 40403 });
    });

    it('is unknown before the member joined', async () => {
      const body = { member_id: randomUUID(), member_epoch: 1, commit: true };
      expectError(await postPoll(client, newGroup(), body), { status: 404, code: 40403 });
    });

    it.each([
      { max_bytes: 0 },
      { max_bytes: 67_108_865 },
      { max_wait_ms: -1 },
      { max_wait_ms: 25_001 },
      { min_bytes: -1 },
      { min_bytes: 67_108_865 },
      { commit: 'true' },
      { topic_partitions: [{ topic_name: 't', partition_id: 0, assignment_epoch: 1 }] },
      { topic_partitions: [{ topic_name: 't', partition_id: 0, assignment_epoch: 1, position: -1 }] },
      {
        topic_partitions: [{ topic_name: 't', partition_id: 0, assignment_epoch: 1, position: 9_007_199_254_740_992 }],
      },
    ])('that does not fit is refused: %j', async change => {
      const body = { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'], ...change };
      expectError(await postPoll(client, newGroup(), body), misfit);
    });

    it.each([
      { max_bytes: 1 },
      { max_bytes: 67_108_864 },
      { max_wait_ms: 0 },
      { max_wait_ms: 1 },
      { min_bytes: 0 },
      { min_bytes: 67_108_864, max_wait_ms: 0 },
    ])('that fits is taken: %j', async change => {
      expect(only(await memberOf(topic).poll(change)).records[0]?.offset).toBe(0);
    });

    it.each(['text/html', mediaType.batch])('is not answered as %s', async accept => {
      const body = { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'] };
      expectError(await postPoll(client, newGroup(), body, accept), { status: 406, code: 406 });
    });
  });

  describe.concurrent('members that poll and commit', sharing, () => {
    it('have every record exactly once where none fails', async () => {
      const shared = await topicOf(client, { partitions: 4, count: 3 });
      const id = newGroup();
      const members = [memberOf(shared, {}, id), memberOf(shared, {}, id)];
      const records: string[] = [];
      const pollAll = async () => {
        const counts: number[] = [];
        for (const member of members) {
          const places = partitionsOf(await member.poll({ commit: true })).flatMap(each =>
            each.records.map(({ offset }) => `${each.partition_id}:${String(offset).padStart(3, '0')}`),
          );
          records.push(...places);
          counts.push(places.length);
        }
        return counts;
      };
      let count = 3;
      const until = performance.now() + SETTLED_WITHIN_MS;
      for (let roundsShared = 0; roundsShared < 3; count++) {
        if (!(await pollAll()).includes(0)) roundsShared++;
        for (let partition = 0; partition < 4; partition++) await produceTo(client, shared, partition, 1, count);
        expect(performance.now(), 'when they share the topic').toBeLessThan(until);
        await sleep(100);
      }
      for (let polls = 0; polls < 10; polls++) await pollAll();
      expect(records.toSorted()).toEqual(places(4, count));
    });
  });
}
