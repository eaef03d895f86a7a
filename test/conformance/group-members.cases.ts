/** Members that keep their positions themselves, by heartbeats in the shape of KIP-848. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { newGroup, produceTo, SETTLED_WITHIN_MS, sharing, topicOf } from './support/consumers.ts';
import {
  beatOf,
  beatUntil,
  groupOffsets,
  LEAVES,
  LEAVES_FOR_A_WHILE,
  Member,
  pathOfGroup,
  postBeat,
  resultsOf,
} from './support/groups.ts';
import { expectError, misfit, notJson } from './support/refusals.ts';

const unknownMember = { status: 404, code: 40403, message: /^UNKNOWN_MEMBER_ID/ } as const;
const fenced = { status: 409, code: 40923, message: /^FENCED_MEMBER_EPOCH/ } as const;

export function groupMemberCases(client: Client): void {
  /** Four partitions, offsets 0 to 2 in each. */
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client, { partitions: 4, count: 3 });
  });

  const joining = (more: object = {}) => ({ subscribed_topic_names: [topic], ...more });
  const all = () => [0, 1, 2, 3].map(partition => `${topic}-${partition}`);

  describe.concurrent('a member', sharing, () => {
    it('joins with its first heartbeat, and is given what is free', async () => {
      const member = new Member(client, newGroup(), joining());
      const answer = await member.beat();
      expect(answer.member_epoch).toBeGreaterThanOrEqual(1);
      expect(answer.heartbeat_interval_ms).toBeGreaterThanOrEqual(1_000);
      expect(answer.assignment.topic_partitions).toEqual(
        [0, 1, 2, 3].map(partition_id => ({
          topic_name: topic,
          partition_id,
          assignment_epoch: answer.member_epoch,
          is_new: true,
          offset: 0,
        })),
      );
    });

    it('keeps what it holds, which is new to it only once', async () => {
      const member = new Member(client, newGroup(), joining());
      const { member_epoch } = await member.beat();
      for (let beats = 0; beats < 3; beats++) {
        const answer = await member.beat();
        expect(answer.member_epoch).toBe(member_epoch);
        expect(answer.assignment.topic_partitions.map(({ is_new }) => is_new)).toEqual([false, false, false, false]);
      }
    });

    it('is told again what it does not say that it holds: an answer may be lost', async () => {
      const member = new Member(client, newGroup(), joining());
      await member.beat();
      const answer = await member.beat({ topic_partitions: [] });
      expect(answer.assignment.topic_partitions.map(({ is_new }) => is_new)).toEqual([true, true, true, true]);
    });

    it('may join again, and be told all again', async () => {
      const id = newGroup();
      const member = new Member(client, id, joining());
      await member.beat();
      const body = { member_id: member.id, member_epoch: 0, ...joining() };
      expect(beatOf(await postBeat(client, id, body)).assignment.topic_partitions).toHaveLength(4);
    });

    it('loses what it says that it holds and does not', async () => {
      const member = new Member(client, newGroup(), joining());
      await member.beat();
      const right = { topic_name: topic, partition_id: 0, assignment_epoch: 1_000_000 };
      const answer = await member.beat({ topic_partitions: [right, { ...right, topic_name: client.newName() }] });
      expect(answer.assignment.topic_partitions.map(({ is_new }) => is_new)).toEqual([true, true, true, true]);
    });

    it('begins where its group has committed', async () => {
      const id = newGroup();
      const first = new Member(client, id, joining());
      await first.beat();
      expect(resultsOf(await first.commit(topic, 2, { partition: 3 }))[0]?.error_code).toBe(0);
      await first.leave();
      const answer = await new Member(client, id, joining()).beat();
      expect(answer.assignment.topic_partitions.map(({ offset }) => offset)).toEqual([0, 0, 0, 2]);
    });

    it('that begins at the end is given what was produced after it joined', async () => {
      const fresh = await topicOf(client, { count: 3 });
      const id = newGroup();
      const settings = { subscribed_topic_names: [fresh], auto_offset_reset: null };
      const gone = new Member(client, id, settings);
      await gone.beat();
      await produceTo(client, fresh, 0, 1, 3);
      await gone.leave();
      const next = new Member(client, id, settings);
      expect((await next.beat()).assignment.topic_partitions).toMatchObject([{ offset: 3 }]);
      expect((await next.poll()).assignment.topic_partitions).toMatchObject([{ records: [{ offset: 3 }] }]);
    });

    it('that is to make no offset up is given none', async () => {
      const member = new Member(client, newGroup(), joining({ auto_offset_reset: 'none' }));
      const answer = await member.beat();
      expect(answer.assignment.topic_partitions.map(({ offset }) => offset)).toEqual([null, null, null, null]);
    });

    it('may subscribe by a pattern, and by names as well', async () => {
      const other = await topicOf(client, { count: 1 });
      const settings = { subscribed_topic_names: [other], subscribed_topic_regex: `${topic}|no-such-.*` };
      const member = new Member(client, newGroup(), settings);
      await member.beat();
      expect(member.holds).toEqual([...all(), `${other}-0`].toSorted());
    });

    it('may change its subscription', async () => {
      const other = await topicOf(client, { count: 1 });
      const member = new Member(client, newGroup(), joining());
      await member.beat();
      await member.beat({ subscribed_topic_names: [other] });
      await beatUntil([member], [1]);
      expect(member.holds).toEqual([`${other}-0`]);
    });

    it('is unknown before it joins, after it left, and to other groups', async () => {
      const id = newGroup();
      const body = { member_id: randomUUID(), member_epoch: 1 };
      expectError(await postBeat(client, id, body), unknownMember);
      const member = new Member(client, id, joining());
      await member.beat();
      expectError(await postBeat(client, id, body), unknownMember);
      const asBefore = member.body;
      await member.leave();
      expectError(await postBeat(client, id, asBefore), unknownMember);
    });

    it('may leave more than once, or where it never was', async () => {
      const id = newGroup();
      const member = new Member(client, id, joining());
      await member.leave();
      await member.beat();
      for (let times = 0; times < 2; times++) await member.leave();
      expect((await client.get(pathOfGroup(id))).json).toMatchObject({ state: 'EMPTY' });
    });

    it('is gone once it was silent for its session', async () => {
      const id = newGroup();
      const member = new Member(client, id, joining({ session_timeout_ms: 6_000 }));
      expect((await member.beat()).heartbeat_interval_ms).toBeLessThanOrEqual(2_000);
      await sleep(7_500);
      expectError(await postBeat(client, id, member.body), unknownMember);
      const next = new Member(client, id, joining());
      await beatUntil([next], [4]);
    });
  });

  describe.concurrent('two members', sharing, () => {
    it.each(['uniform', 'range'])('share a topic, each half of it: %s', async server_assignor => {
      const id = newGroup();
      const one = new Member(client, id, joining({ server_assignor }));
      await one.beat();
      const two = new Member(client, id, joining({ server_assignor }));
      expect((await two.beat()).assignment.topic_partitions).toEqual([]);
      await beatUntil([one, two], [2, 2]);
      expect([...one.holds, ...two.holds].toSorted()).toEqual(all());
      expect((await client.get(pathOfGroup(id))).json).toMatchObject({ state: 'STABLE' });
    });

    it('hand over what was committed, and no commit of the former owner is taken', async () => {
      const id = newGroup();
      const one = new Member(client, id, joining());
      await one.beat();
      const before = new Map(one.rights.map(right => [right.partition_id, right.assignment_epoch]));
      for (let partition = 0; partition < 4; partition++) await one.commit(topic, 1, { partition });
      const two = new Member(client, id, joining());
      await beatUntil([one, two], [2, 2]);
      const { assignment } = await two.beat({ topic_partitions: [] });
      expect(assignment.topic_partitions.map(({ offset }) => offset)).toEqual([1, 1]);
      for (const { partition_id: partition } of two.rights) {
        const stale = await one.commit(topic, 3, { partition, assignment_epoch: before.get(partition) ?? 0 });
        expect(resultsOf(stale)).toMatchObject([{ error_code: 113 }]);
      }
      expect(await groupOffsets(client, id)).toEqual({ 0: 1, 1: 1, 2: 1, 3: 1 });
    });

    it('keep what they can when one leaves or joins', async () => {
      const id = newGroup();
      const [one, two] = [new Member(client, id, joining()), new Member(client, id, joining())];
      await beatUntil([one, two], [2, 2]);
      const kept = one.rights;
      await two.leave();
      await beatUntil([one], [4]);
      expect(one.rights).toEqual(expect.arrayContaining([...kept]));
    });
  });

  describe.concurrent('a member with an instance id', sharing, () => {
    it('keeps its partitions when it leaves for a while, and another process takes them with it', async () => {
      const id = newGroup();
      const settings = joining({ instance_id: 'stays' });
      const before = new Member(client, id, settings);
      const other = new Member(client, id, joining());
      await beatUntil([before, other], [2, 2]);
      const held = before.holds;
      const asBefore = before.body;
      const [right = expect.fail('it holds something')] = before.rights;
      await before.leave(LEAVES_FOR_A_WHILE);
      await other.beat();
      expect(other.holds).toHaveLength(2);
      const after = new Member(client, id, settings);
      await beatUntil([after, other], [2, 2]);
      expect(after.holds).toEqual(held);
      expectError(await postBeat(client, id, asBefore), fenced);
      expectError(await postBeat(client, id, { ...asBefore, member_epoch: LEAVES }), fenced);
      const { partition_id: partition, assignment_epoch } = right;
      expect(resultsOf(await before.commit(topic, 3, { partition, assignment_epoch }))).toMatchObject([
        { error_code: 113 },
      ]);
      expect(after.holds).toEqual(held);
    });

    it('is listed under it', async () => {
      const id = newGroup();
      await new Member(client, id, joining({ instance_id: 'stays' })).beat();
      const { data } = (await client.get(pathOfGroup(id, '/consumers'))).json as { data: object[] };
      expect(data).toMatchObject([{ instance_id: 'stays' }]);
    });

    it('leaves for good with -1', async () => {
      const id = newGroup();
      const member = new Member(client, id, joining({ instance_id: 'stays' }));
      await member.beat();
      await member.leave();
      expect((await client.get(pathOfGroup(id))).json).toMatchObject({ state: 'EMPTY' });
    });
  });

  describe.concurrent('a member and a consumer instance', sharing, () => {
    it('may be of one group', async () => {
      const id = newGroup();
      const member = new Member(client, id, joining());
      await member.beat();
      const answer = await client.post(`/consumers/${id}`, { name: 'i', 'auto.offset.reset': 'earliest' });
      expect(answer.status).toBe(200);
      const path = `/consumers/${id}/instances/i`;
      expect((await client.post(`${path}/subscription`, { topics: [topic] })).status).toBe(204);
      const held = async () => {
        await member.beat();
        await client.get(`${path}/records?timeout=0`);
        const { partitions } = (await client.get(`${path}/assignments`)).json as { partitions: unknown[] };
        return [member.holds.length, partitions.length];
      };
      await expect.poll(held, { timeout: SETTLED_WITHIN_MS, interval: 300 }).toEqual([2, 2]);
      expectError(await client.get(`/consumers/${id}/instances/${member.id}/records`), { status: 409, code: 40903 });
    });
  });

  describe('a heartbeat', () => {
    const base = { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'] };

    it.each([
      { member_id: undefined },
      { member_id: '' },
      { member_id: 7 },
      { member_id: 'a\u0000b' },
      { member_epoch: undefined },
      { member_epoch: -3 },
      { member_epoch: 0.5 },
      { member_epoch: '0' },
      { instance_id: '' },
      { instance_id: 'a\nb' },
      { subscribed_topic_names: undefined },
      { subscribed_topic_names: [] },
      { subscribed_topic_names: undefined, subscribed_topic_regex: '' },
      { subscribed_topic_names: 't' },
      { subscribed_topic_regex: '(' },
      { subscribed_topic_regex: '(?=a)' },
      { server_assignor: 'sticky' },
      { server_assignor: '' },
      { auto_offset_reset: 'newest' },
      { session_timeout_ms: 5_999 },
      { session_timeout_ms: 1_800_001 },
      { session_timeout_ms: '6000' },
      { rebalance_timeout_ms: 999 },
      { rebalance_timeout_ms: 3_600_001 },
      { topic_partitions: [{ topic_name: 't', partition_id: 0 }] },
      { topic_partitions: [{ topic_name: 't', partition_id: 0, assignment_epoch: 0 }] },
      { topic_partitions: [{ topic_name: 't', partition_id: -1, assignment_epoch: 1 }] },
      { no_such_member: 1 },
    ])('that does not fit is refused: %j', async change => {
      const id = newGroup();
      expectError(await postBeat(client, id, { ...base, ...change }), misfit);
      expectError(await client.get(pathOfGroup(id, '/lag-summary')), { status: 404 });
    });

    it.each([
      { session_timeout_ms: 6_000 },
      { session_timeout_ms: 6_001 },
      { session_timeout_ms: 1_799_999 },
      { session_timeout_ms: 1_800_000 },
      { rebalance_timeout_ms: 1_000 },
      { rebalance_timeout_ms: 1_001 },
      { rebalance_timeout_ms: 3_599_999 },
      { rebalance_timeout_ms: 3_600_000 },
      { server_assignor: 'uniform' },
      { server_assignor: null, client_id: null, instance_id: null, subscribed_topic_regex: null },
      { client_id: '' },
    ])('that fits is taken: %j', async change => {
      expect(beatOf(await postBeat(client, newGroup(), { ...base, ...change })).member_epoch).toBeGreaterThan(0);
    });

    it('names what is no topic', async () => {
      const answer = await postBeat(client, newGroup(), { ...base, subscribed_topic_names: ['a/b'] });
      expectError(answer, { status: 400, code: 40002 });
    });

    it('is JSON', async () => {
      for (const verb of ['heartbeat', 'poll']) {
        const path = pathOfGroup(newGroup(), `/members:${verb}`);
        expectError(await client.send('POST', path), misfit);
        expectError(await client.send('POST', path, { body: '{', type: 'application/json' }), notJson);
        expectError(await client.send('POST', path, { body: '{}', type: 'text/plain' }), { status: 415, code: 415 });
      }
    });
  });
}
