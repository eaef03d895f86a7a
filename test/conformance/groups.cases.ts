/** Consumer groups on v3: what there are, who is in them, who has what, how far they are, and their end. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { done, newGroup, pollFor, produceTo, subscribed, topicOf } from './support/consumers.ts';
import {
  alterOffsets,
  consumer,
  consumerAssignment,
  group,
  groupOffset,
  groupOffsets,
  lag,
  lagSummary,
  Member,
  pathOfGroup,
  postOffsets,
} from './support/groups.ts';
import { expectError } from './support/refusals.ts';
import { listOf } from './support/shapes.ts';

const noGroup = { status: 404, code: 40405 } as const;

export function groupCases(client: Client): void {
  /** Two partitions, offsets 0 to 4 in each. */
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client, { partitions: 2 });
  });

  const get = async (id: string, rest = '') => {
    const answer = await client.get(pathOfGroup(id, rest));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.type).toBe('application/json');
    return answer.json;
  };

  const follow = async (link: string) => {
    const answer = await client.follow(link);
    expect(answer.status, answer.text).toBe(200);
    return answer.json;
  };

  const describeGroup = async (id: string) => group.parse(await get(id));

  describe('a group', () => {
    it('is described as it is listed, with links that can be followed', async () => {
      const { group: id } = await subscribed(client, [topic]);
      const described = await describeGroup(id);
      expect(described).toMatchObject({
        cluster_id: await client.clusterId(),
        consumer_group_id: id,
        is_simple: false,
        partition_assignor: 'uniform',
        state: 'STABLE',
      });
      const list = await client.get('…/consumer-groups');
      const { data } = listOf('KafkaConsumerGroupList', group).parse(list.json);
      expect(data).toContainEqual(described);
      expect(group.parse(await follow(described.metadata.self))).toEqual(described);
      listOf('KafkaConsumerList', consumer).parse(await follow(described.consumers.related));
      lagSummary.parse(await follow(described.lag_summary.related));
      await follow(described.coordinator.related);
    });

    it('is linked to by its cluster', async () => {
      const { consumer_groups } = (await client.get('…')).json as { consumer_groups: { related: string } };
      listOf('KafkaConsumerGroupList', group).parse(await follow(consumer_groups.related));
    });

    it('is empty, and simple, where only offsets were committed', async () => {
      const id = newGroup();
      await alterOffsets(client, id, topic, [1]);
      expect(await describeGroup(id)).toMatchObject({ state: 'EMPTY', is_simple: true });
      expect(listOf('KafkaConsumerList', consumer).parse(await get(id, '/consumers')).data).toEqual([]);
    });

    it('is empty, and not simple, once its members have left', async () => {
      const instance = await subscribed(client, [topic]);
      await done(client.send('DELETE', instance.path));
      expect(await describeGroup(instance.group)).toMatchObject({ state: 'EMPTY', is_simple: false });
    });

    it('has the assignor that its members ask for', async () => {
      const id = newGroup();
      await new Member(client, id, { subscribed_topic_names: [topic], server_assignor: 'range' }).beat();
      expect(await describeGroup(id)).toMatchObject({ partition_assignor: 'range' });
    });

    it.each(['', '/consumers', '/consumers/c', '/consumers/c/assignments', '/lags', '/lag-summary', '/offsets'])(
      'is unknown where there is none: GET consumer-groups/{g}%s',
      async rest => {
        for (const id of [newGroup(), '__proto__x', 'no such group', '%', 'ü😀']) {
          expectError(await client.get(pathOfGroup(id, rest)), noGroup);
        }
      },
    );
  });

  describe('the consumers of a group', () => {
    it('are its instances and members, with what they have', async () => {
      const { group: id, id: name } = await subscribed(client, [topic], { name: 'a b' });
      const { data } = listOf('KafkaConsumerList', consumer).parse(await get(id, '/consumers'));
      expect(data).toMatchObject([{ consumer_group_id: id, consumer_id: name, instance_id: null }]);
      const [listed = expect.fail('no consumer')] = data;
      expect(consumer.parse(await follow(listed.metadata.self))).toEqual(listed);
      const list = listOf('KafkaConsumerAssignmentList', consumerAssignment);
      const assignments = list.parse(await follow(listed.assignments.related)).data;
      expect(assignments.map(({ topic_name, partition_id }) => [topic_name, partition_id])).toEqual([
        [topic, 0],
        [topic, 1],
      ]);
      const [first = expect.fail('no assignment')] = assignments;
      expect(consumerAssignment.parse(await follow(first.metadata.self))).toEqual(first);
      expect(lag.parse(await follow(first.lag.related))).toMatchObject({ partition_id: 0, consumer_id: name });
      expect(await follow(first.partition.related)).toMatchObject({ kind: 'KafkaPartition', partition_id: 0 });
    });

    it('have the client id and the instance id that they gave', async () => {
      const id = newGroup();
      const names = { client_id: 'my client', instance_id: 'stays' };
      await new Member(client, id, { subscribed_topic_names: [topic], ...names }).beat();
      const { data } = listOf('KafkaConsumerList', consumer).parse(await get(id, '/consumers'));
      expect(data).toMatchObject([names]);
    });

    it('are unknown by other names, and have no other partitions', async () => {
      const { group: id, id: name } = await subscribed(client, [topic]);
      const paths = ['/consumers/nobody', '/consumers/nobody/assignments', `/consumers/__proto__`];
      for (const path of paths) expectError(await client.get(pathOfGroup(id, path)), { status: 404, code: 404 });
      const at = (place: string) => pathOfGroup(id, `/consumers/${name}/assignments/${place}`);
      expectError(await client.get(at(`${topic}/partitions/2`)), { status: 404 });
      expectError(await client.get(at(`${client.newName()}/partitions/0`)), { status: 404 });
      expectError(await client.get(at(`${topic}/partitions/x`)), { status: 400 });
      expectError(await client.get(at('a%2Fb/partitions/0')), { status: 404 });
    });
  });

  describe('the lag of a group', () => {
    it('is what it has not committed, partition by partition and in all', async () => {
      const lagging = await topicOf(client, { partitions: 2, count: 3 });
      const { group: id, id: name } = await subscribed(client, [lagging]);
      await done(client.send('DELETE', `/consumers/${id}/instances/${name}`));
      await alterOffsets(client, id, lagging, [1, 3]);
      await produceTo(client, lagging, 1, 1, 3);
      const { data } = listOf('KafkaConsumerLagList', lag).parse(await get(id, '/lags'));
      expect(data).toMatchObject([
        { topic_name: lagging, partition_id: 0, current_offset: 1, log_end_offset: 3, lag: 2, consumer_id: '' },
        { topic_name: lagging, partition_id: 1, current_offset: 3, log_end_offset: 4, lag: 1, consumer_id: '' },
      ]);
      for (const each of data) expect(lag.parse(await follow(each.metadata.self))).toEqual(each);
      const summary = lagSummary.parse(await get(id, '/lag-summary'));
      expect(summary).toMatchObject({ max_lag: 2, total_lag: 3, max_lag_topic_name: lagging, max_lag_partition_id: 0 });
      expect(await follow(summary.max_lag_partition.related)).toMatchObject({ partition_id: 0 });
    });

    it('names the member that has the partition', async () => {
      const id = newGroup();
      const names = { client_id: 'reader', instance_id: 'r1' };
      const member = new Member(client, id, { subscribed_topic_names: [topic], ...names });
      await member.beat();
      await member.commit(topic, 4, { partition: 1 });
      const { data } = listOf('KafkaConsumerLagList', lag).parse(await get(id, '/lags'));
      const owner = { consumer_id: data[0]?.consumer_id, ...names };
      expect(owner.consumer_id).not.toBe('');
      expect(data).toMatchObject([
        { ...owner, current_offset: 0, lag: 5 },
        { ...owner, current_offset: 4, lag: 1 },
      ]);
      const summary = lagSummary.parse(await get(id, '/lag-summary'));
      expect(summary).toMatchObject({
        max_lag_consumer_id: owner.consumer_id,
        max_lag_client_id: 'reader',
        max_lag_instance_id: 'r1',
        total_lag: 6,
      });
      expect(consumer.parse(await follow(summary.max_lag_consumer.related))).toMatchObject(names);
    });

    it('is nothing once all is committed', async () => {
      const instance = await subscribed(client, [topic]);
      await pollFor(client, instance, 10);
      await client.send('POST', `${instance.path}/offsets`);
      expect(lagSummary.parse(await get(instance.group, '/lag-summary'))).toMatchObject({ max_lag: 0, total_lag: 0 });
    });

    it('is unknown of what the group has nothing of', async () => {
      const id = newGroup();
      await alterOffsets(client, id, topic, [1]);
      for (const at of [`${topic}/partitions/1`, `${topic}/partitions/99`, `${client.newName()}/partitions/0`]) {
        expectError(await client.get(pathOfGroup(id, `/lags/${at}`)), { status: 404 });
      }
      expectError(await client.get(pathOfGroup(id, `/lags/${topic}/partitions/x`)), { status: 400 });
      const empty = newGroup();
      await new Member(client, empty, { subscribed_topic_names: [client.newName()] }).beat();
      expect(listOf('KafkaConsumerLagList', lag).parse(await get(empty, '/lags')).data).toEqual([]);
      expectError(await client.get(pathOfGroup(empty, '/lag-summary')), { status: 404 });
    });
  });

  describe('the offsets of a group', () => {
    it('are listed in the order of topics and partitions', async () => {
      const id = newGroup();
      const other = await topicOf(client, { count: 1 });
      await alterOffsets(client, id, other, [1]);
      await alterOffsets(client, id, topic, [2, 3]);
      const { data } = listOf('MillraceGroupOffsetList', groupOffset).parse(await get(id, '/offsets'));
      const places = data.map(({ topic_name, partition_id, offset }) => `${topic_name} ${partition_id} ${offset}`);
      expect(places).toEqual([`${other} 0 1`, `${topic} 0 2`, `${topic} 1 3`].toSorted());
    });

    it('of a topic that is deleted are gone with it', async () => {
      const id = newGroup();
      const passing = await topicOf(client, { count: 1 });
      await alterOffsets(client, id, passing, [1]);
      await alterOffsets(client, id, topic, [2]);
      expect((await client.send('DELETE', `…/topics/${passing}`)).status).toBe(204);
      await expect.poll(() => groupOffsets(client, id), { timeout: 15_000 }).toEqual({ 0: 2 });
      expect(lagSummary.parse(await get(id, '/lag-summary'))).toMatchObject({ max_lag_topic_name: topic });
    });
  });

  describe('a group that is deleted', () => {
    it('is gone with its offsets; one of the same id begins anew', async () => {
      const first = await subscribed(client, [topic], { name: 'i' });
      const id = first.group;
      await pollFor(client, first, 10);
      await client.send('POST', `${first.path}/offsets`);
      await done(client.send('DELETE', first.path));
      await done(client.send('DELETE', pathOfGroup(id)));
      expectError(await client.get(pathOfGroup(id)), noGroup);
      expectError(await client.get(pathOfGroup(id, '/offsets')), noGroup);
      expectError(await client.send('DELETE', pathOfGroup(id)), noGroup);
      const list = listOf('KafkaConsumerGroupList', group).parse((await client.get('…/consumer-groups')).json);
      expect(list.data.map(({ consumer_group_id }) => consumer_group_id)).not.toContain(id);
      const second = await subscribed(client, [topic], { name: 'i' }, id);
      expect(await groupOffsets(client, id)).toEqual({});
      expect(await pollFor(client, second, 10)).toHaveLength(10);
    });

    it('is empty: one with members is refused, and stays as it is', async () => {
      const instance = await subscribed(client, [topic]);
      await client.post(`${instance.path}/offsets`, { offsets: [{ topic, partition: 0, offset: 1 }] });
      const id = instance.group;
      expectError(await client.send('DELETE', pathOfGroup(id)), {
        status: 409,
        code: 40920,
        message: /NON_EMPTY_GROUP/,
      });
      expect(await groupOffsets(client, id)).toEqual({ 0: 2 });
      expect(await pollFor(client, instance, 10)).toHaveLength(10);
    });

    it('is unknown where there is none', async () => {
      expectError(await client.send('DELETE', pathOfGroup(newGroup())), noGroup);
      expectError(await postOffsets(client, newGroup(), 'delete', { topics: [{ topic_name: topic }] }), noGroup);
    });
  });
}
