/** The group of a trigger: taken, shown, kept from others, and given back; where a trigger begins, and setting how far it has come. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { assigned, newGroup, postInstance, postTo, produceTo, subscribed, topicOf } from './support/consumers.ts';
import {
  alterOffsets,
  groupOffsets,
  group as groupShape,
  lag as lagShape,
  lagSummary,
  Member,
  offsetOf,
  pathOfGroup,
  postBeat,
  postOffsets,
  postPoll,
  resultsOf,
} from './support/groups.ts';
import { expectError, misfit } from './support/refusals.ts';
import { listOf } from './support/shapes.ts';
import { pathOfTrigger, Triggers, triggerIn } from './support/triggers.ts';

const ofTrigger = { status: 409, code: 40925, message: /trigger/ } as const;
const notEmpty = { status: 409, code: 40920, message: /^NON_EMPTY_GROUP/ } as const;
/** Kafka's number. */
const STALE_MEMBER_EPOCH = 113;

const running = { status: 409, code: 40927, message: /pause/ } as const;

export function triggerGroupCases(client: Client): void {
  const triggers = new Triggers(client);
  /** Two partitions, offsets 0 to 4 in each, timestamps 1,000 to 5,000. */
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client, { partitions: 2 });
  });

  const get = async (path: string) => {
    const answer = await client.get(path);
    expect(answer.status, answer.text).toBe(200);
    return answer.json;
  };

  const setOffsets = async (name: string, ...offsets: number[]) => {
    for (const [partition, offset] of offsets.entries()) {
      const json = { topics: [{ topic_name: topic, partitions: [partition] }], to: 'offset', offset };
      expect(resultsOf(await triggers.reset(name, json))).toMatchObject([{ error_code: 0 }]);
    }
  };

  describe('where a trigger begins', () => {
    it('is the end at the moment it is made, with LATEST: what comes later is its to deliver', async () => {
      const own = await topicOf(client, { partitions: 2, count: 3 });
      const { trigger_name: name } = await triggers.create(own, { starting_position: 'LATEST' });
      expect(await triggers.describe(name)).toMatchObject({ lag: 0 });
      await produceTo(client, own, 0, 2, 3);
      expect(await triggers.offsets(name)).toEqual([3, 3]);
      expect(await triggers.describe(name)).toMatchObject({ lag: 2 });
      triggerIn(await triggers.patch(name, { batch_size: 3 }));
      expect(await triggers.offsets(name)).toEqual([3, 3]);
    });

    it('is the beginning, with TRIM_HORIZON', async () => {
      const { trigger_name: name } = await triggers.create(topic, { starting_position: 'TRIM_HORIZON' });
      expect(await triggers.offsets(name)).toEqual([0, 0]);
    });

    it('is where the log begins by then, with TRIM_HORIZON', async () => {
      const own = await topicOf(client);
      const { trigger_name: name } = await triggers.create(own);
      const answer = await client.post(`…/topics/${own}/records:delete`, {
        partitions: [{ partition_id: 0, offset: 2 }],
      });
      expect(answer.status, answer.text).toBe(200);
      await expect.poll(() => triggers.offsets(name), { timeout: 40_000 }).toEqual([2]);
      expect((await triggers.describe(name)).lag).toBe(3);
    }, 60_000);

    it.each([
      ['1970-01-01T00:00:00Z', 0],
      ['1970-01-01T00:00:03Z', 2],
      ['1970-01-01T00:00:03.001Z', 3],
      ['1970-01-01T00:00:05.001Z', 5],
      ['2999-01-01T00:00:00Z', 5],
    ])('is the first record at or after a time, with AT_TIMESTAMP: %s', async (time, offset) => {
      const at = { starting_position: 'AT_TIMESTAMP', starting_position_timestamp: time };
      const { trigger_name: name } = await triggers.create(topic, at);
      expect(await triggers.offsets(name)).toEqual([offset, offset]);
    });

    it('is where its group is, if that has offsets, and only elsewhere where it says', async () => {
      const id = newGroup();
      await alterOffsets(client, id, topic, [2]);
      const more = { consumer_group_id: id, starting_position: 'LATEST' };
      const { trigger_name: name } = await triggers.create(topic, more);
      expect(await triggers.offsets(name)).toEqual([2, 5]);
    });
  });

  describe('a group that a trigger is to have', () => {
    it('may not have members, and stays theirs', async () => {
      const { group: id } = await subscribed(client, [topic]);
      const name = triggers.newName();
      const answer = await triggers.postPaused(topic, { trigger_name: name, consumer_group_id: id });
      expectError(answer, notEmpty);
      expectError(await client.get(pathOfTrigger(name)), { status: 404, code: 40406 });
      expect(groupShape.parse(await get(pathOfGroup(id))).state).toBe('STABLE');
      const member = new Member(client, id, { subscribed_topic_names: [topic] });
      await member.beat();
    });

    it('may be one whose members have left', async () => {
      const id = newGroup();
      const member = new Member(client, id, { subscribed_topic_names: [topic] });
      await member.beat();
      expect(resultsOf(await member.commit(topic, 3))).toMatchObject([{ error_code: 0 }]);
      await member.leave();
      const { trigger_name: name } = await triggers.create(topic, { consumer_group_id: id });
      expect(await triggers.offsets(name)).toEqual([3, 0]);
      // as soon as the trigger has set an offset itself, nothing of theirs is taken, however late it comes
      await setOffsets(name, 2);
      expect(resultsOf(await member.commit(topic, 4))).toMatchObject([{ error_code: STALE_MEMBER_EPOCH }]);
      expect(await triggers.offsets(name)).toEqual([2, 0]);
    });

    it('may be that of no other trigger', async () => {
      const first = await triggers.create(topic);
      const name = triggers.newName();
      const taken = { trigger_name: name, consumer_group_id: first.consumer_group_id };
      expectError(await triggers.postPaused(topic, taken), { ...ofTrigger, message: new RegExp(first.trigger_name) });
      expectError(await client.get(pathOfTrigger(name)), { status: 404, code: 40406 });
      await triggers.delete(first.trigger_name);
      expect((await triggers.create(topic, taken)).consumer_group_id).toBe(first.consumer_group_id);
    });

    it('goes to one, of several that ask for it at once', async () => {
      const id = newGroup();
      const asked = Array.from({ length: 4 }, () => triggers.postPaused(topic, { consumer_group_id: id }));
      const answers = await Promise.all(asked);
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      for (const answer of answers) if (answer.status !== 201) expectError(answer, { status: [409, 503] });
    });
  });

  describe('the group of a trigger', () => {
    let name: string;
    let id: string;

    beforeAll(async () => {
      id = newGroup();
      name = (await triggers.create(topic, { consumer_group_id: id })).trigger_name;
      await setOffsets(name, 1, 4);
    });

    const unchanged = async () => {
      expect(await triggers.offsets(name)).toEqual([1, 4]);
      expect(await groupOffsets(client, id)).toEqual({ 0: 1, 1: 4 });
    };

    it('is listed and described as one that is in use, and has no consumers', async () => {
      const described = groupShape.parse(await get(pathOfGroup(id)));
      expect(described.state).not.toBe('EMPTY');
      const { data } = listOf('KafkaConsumerGroupList', groupShape).parse(await get('…/consumer-groups'));
      expect(data).toContainEqual(described);
      expect(await get(pathOfGroup(id, '/consumers'))).toMatchObject({ data: [] });
    });

    it('has its lag, partition by partition and in all, and its offsets', async () => {
      const { data } = listOf('KafkaConsumerLagList', lagShape).parse(await get(pathOfGroup(id, '/lags')));
      expect(data).toMatchObject([
        { topic_name: topic, partition_id: 0, current_offset: 1, log_end_offset: 5, lag: 4, consumer_id: '' },
        { topic_name: topic, partition_id: 1, current_offset: 4, log_end_offset: 5, lag: 1, consumer_id: '' },
      ]);
      expect(lagShape.parse(await get(pathOfGroup(id, `/lags/${topic}/partitions/1`)))).toEqual(data[1]);
      const summary = lagSummary.parse(await get(pathOfGroup(id, '/lag-summary')));
      expect(summary).toMatchObject({ total_lag: 5, max_lag: 4, max_lag_partition_id: 0, max_lag_topic_name: topic });
      await unchanged();
    });

    it('takes no members, neither those of v3 nor instances of v2', async () => {
      const body = { member_id: 'm', member_epoch: 0, subscribed_topic_names: [topic] };
      expectError(await postBeat(client, id, body), ofTrigger);
      expectError(await postPoll(client, id, body), ofTrigger);
      expectError(await postInstance(client, id, { name: 'i' }), ofTrigger);
      await unchanged();
    });

    it('takes no commits and no changes of others', async () => {
      for (const verb of ['commit', 'alter']) {
        expectError(await postOffsets(client, id, verb, { offsets: [offsetOf(topic, 3)] }), ofTrigger);
      }
      const member = { member_id: 'm', offsets: [offsetOf(topic, 3, { assignment_epoch: 1 })] };
      const [result] = resultsOf(await postOffsets(client, id, 'commit', member));
      expect(result?.error_code).toBe(STALE_MEMBER_EPOCH);
      const topics = [{ topic_name: topic }];
      expectError(await postOffsets(client, id, 'reset', { topics, to: 'latest' }), ofTrigger);
      const deletion = await postOffsets(client, id, 'delete', { topics });
      if (deletion.status !== 200) expectError(deletion, ofTrigger);
      else for (const { error_code } of resultsOf(deletion)) expect(error_code).not.toBe(0);
      await unchanged();
    });

    it('is not deleted', async () => {
      expectError(await client.send('DELETE', pathOfGroup(id)), ofTrigger);
      await unchanged();
    });

    it('is left alone by an instance that was in it before', async () => {
      const before = newGroup();
      const instance = await assigned(client, topic, [0], {}, before);
      const other = await triggers.postPaused(topic, { consumer_group_id: before });
      // who has chosen partitions for itself is a member as well
      if (other.status !== 201) return expectError(other, notEmpty);
      expectError(await client.post(`${instance.path}/offsets`, { offsets: [{ topic, partition: 0, offset: 3 }] }), {
        status: [404, 409],
      });
      expectError(await postTo(client, instance, 'subscription', { topics: [topic] }), { status: [404, 409] });
    });

    it('has all of it back once the trigger is deleted: it stays, with its offsets, for whoever comes', async () => {
      const own = await triggers.create(topic);
      await setOffsets(own.trigger_name, 2, 3);
      await triggers.delete(own.trigger_name);
      const group = own.consumer_group_id;
      expect(groupShape.parse(await get(pathOfGroup(group))).state).toBe('EMPTY');
      expect(await groupOffsets(client, group)).toEqual({ 0: 2, 1: 3 });
      const member = new Member(client, group, { subscribed_topic_names: [topic] });
      const { assignment } = await member.beat();
      expect(assignment.topic_partitions.map(({ offset }) => offset)).toEqual([2, 3]);
      expect(resultsOf(await member.commit(topic, 4))).toMatchObject([{ error_code: 0 }]);
      await member.leave();
      expect((await client.send('DELETE', pathOfGroup(group))).status).toBe(204);
    });

    it('is gone on with by a trigger that is made again, of any name', async () => {
      const first = await triggers.create(topic, { starting_position: 'LATEST' });
      await setOffsets(first.trigger_name, 2, 3);
      await triggers.delete(first.trigger_name);
      const more = { consumer_group_id: first.consumer_group_id, starting_position: 'LATEST' };
      const second = await triggers.create(topic, more);
      expect(await triggers.offsets(second.trigger_name)).toEqual([2, 3]);
      await triggers.delete(second.trigger_name);
      const third = await triggers.create(topic, { ...more, trigger_name: first.trigger_name });
      expect(await triggers.offsets(third.trigger_name)).toEqual([2, 3]);
    });

    it('that was deleted meanwhile is begun anew', async () => {
      const first = await triggers.create(topic);
      await setOffsets(first.trigger_name, 2, 3);
      await triggers.delete(first.trigger_name);
      expect((await client.send('DELETE', pathOfGroup(first.consumer_group_id))).status).toBe(204);
      const again = await triggers.create(topic, { consumer_group_id: first.consumer_group_id });
      expect(await triggers.offsets(again.trigger_name)).toEqual([0, 0]);
    });
  });

  describe('a reset', () => {
    it.each([
      [{ to: 'earliest' }, 0],
      [{ to: 'latest' }, 5],
      [{ to: 'offset', offset: 3 }, 3],
      [{ to: 'offset', offset: 99 }, 5],
      [{ to: 'timestamp', timestamp: '1970-01-01T00:00:02.500Z' }, 2],
      [{ to: 'timestamp', timestamp: '2999-01-01T00:00:00Z' }, 5],
      [{ to: 'shift', shift_by: 2 }, 4],
      [{ to: 'shift', shift_by: -1 }, 1],
      [{ to: 'shift', shift_by: -100 }, 0],
      [{ to: 'shift', shift_by: 100 }, 5],
    ])('%j sets all partitions of a topic to %i', async (to, offset) => {
      const { trigger_name: name } = await triggers.create(topic);
      await setOffsets(name, 2, 2);
      const answer = await triggers.reset(name, { topics: [{ topic_name: topic }], ...to });
      expect(resultsOf(answer)).toEqual([
        { topic_name: topic, partition_id: 0, error_code: 0, offset },
        { topic_name: topic, partition_id: 1, error_code: 0, offset },
      ]);
      expect(await triggers.offsets(name)).toEqual([offset, offset]);
    });

    it('shifts from where the trigger begins, where it has not come further', async () => {
      const { trigger_name: name } = await triggers.create(topic, { starting_position: 'LATEST' });
      const answer = await triggers.reset(name, { topics: [{ topic_name: topic }], to: 'shift', shift_by: -2 });
      expect(resultsOf(answer).map(({ offset }) => offset)).toEqual([3, 3]);
      expect(await triggers.offsets(name)).toEqual([3, 3]);
    });

    it('is of the partitions that are named, once each', async () => {
      const { trigger_name: name } = await triggers.create(topic);
      const topics = [{ topic_name: topic, partitions: [1, 1] }];
      expect(resultsOf(await triggers.reset(name, { topics, to: 'latest' }))).toMatchObject([{ partition_id: 1 }]);
      expect(await triggers.offsets(name)).toEqual([0, 5]);
    });

    it('tells of each partition alone that it is not the trigger’s', async () => {
      const other = await topicOf(client, { count: 1 });
      const { trigger_name: name } = await triggers.create(topic);
      const topics = [
        { topic_name: other, partitions: [0] },
        { topic_name: client.newName(), partitions: [0] },
        { topic_name: topic, partitions: [9, 0] },
      ];
      const results = resultsOf(await triggers.reset(name, { topics, to: 'latest' }));
      expect(results.map(({ error_code }) => error_code)).toEqual([3, 3, 3, 0]);
      expect(await triggers.offsets(name)).toEqual([5, 0]);
    });

    it('of a topic of which all is meant, and that is not there, is refused', async () => {
      const { trigger_name: name } = await triggers.create(topic);
      const topics = [{ topic_name: client.newName() }];
      expectError(await triggers.reset(name, { topics, to: 'latest' }), { status: 404, code: 40403 });
    });

    it('is refused while the trigger runs, and changes nothing', async () => {
      const own = await client.createTopic();
      const { trigger_name: name } = await triggers.create(own, { enabled: true });
      const json = { topics: [{ topic_name: own }], to: 'earliest' };
      expectError(await triggers.reset(name, json), running);
      triggerIn(await triggers.send('POST', name, '/pause'));
      expect(resultsOf(await triggers.reset(name, json))).toMatchObject([{ error_code: 0, offset: 0 }]);
      triggerIn(await triggers.send('POST', name, '/resume'));
      expectError(await triggers.reset(name, json), running);
    });

    it.each([
      {},
      { topics: [], to: 'latest' },
      { topics: [{ topic_name: 't' }] },
      { topics: [{ topic_name: 't' }], to: 'newest' },
      { topics: [{ topic_name: 't' }], to: 'offset' },
      { topics: [{ topic_name: 't' }], to: 'latest', offset: 1 },
      { topics: [{ topic_name: 't' }], to: 'timestamp', timestamp: 'now' },
      { topics: [{ topic_name: 't' }], to: 'shift', shift_by: 0.5 },
      { topics: [{ topic_name: 't', partitions: [] }], to: 'latest' },
      { topics: [{ topic_name: 't', partitions: [-1] }], to: 'latest' },
      { topics: [{ topic_name: 'x'.repeat(250) }], to: 'latest' },
      { topics: [{ topic_name: 't' }], to: 'latest', force: true },
    ])('of another shape is refused: %j', async json => {
      const { trigger_name: name } = await triggers.create(topic);
      expectError(await triggers.reset(name, json), misfit);
    });

    it.each([999, 1_000, 1_001])('is of at most 1,000 partitions of a topic: %i', async count => {
      const { trigger_name: name } = await triggers.create(topic);
      const topics = [{ topic_name: topic, partitions: Array.from({ length: count }, (_, partition) => partition) }];
      const answer = await triggers.reset(name, { topics, to: 'latest' });
      if (count > 1_000) {
        expectError(answer, { ...misfit, message: /partitions.*1000/ });
        return;
      }
      const codes = resultsOf(answer).map(({ error_code }) => error_code);
      expect(codes).toEqual([0, 0, ...Array.from({ length: count - 2 }, () => 3)]);
    });
  });

  it('is given records of v2 by nobody', async () => {
    const { consumer_group_id: id } = await triggers.create(topic);
    expectError(await client.get(`/consumers/${id}/instances/i/records`, mediaType.json), { status: [404, 409] });
  });
}
