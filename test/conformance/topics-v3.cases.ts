/** Topics on v3: create, list, describe, add partitions. Their end is in `topic-deletion.cases.ts`. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { produceV2, valuesOf } from './support/produce.ts';
import { endOffsets, eventually } from './support/read.ts';
import { expectError } from './support/refusals.ts';
import { listOf, partition, topic as topicShape } from './support/shapes.ts';

const configOf = (name: string, value: string) => [{ name, value }];

export function topicCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 3 });
  });

  /** Confluent's TopicData. */
  const topicData = async (topic_name: string, partitions_count: number) => {
    const cluster_id = await client.clusterId();
    const path = `/v3/clusters/${cluster_id}/topics/${topic_name}`;
    const linkTo = (end: string) => expect.stringMatching(new RegExp(`^https?://.+${path}${end}$`));
    return {
      kind: 'KafkaTopic',
      metadata: { self: linkTo(''), resource_name: `crn:///kafka=${cluster_id}/topic=${topic_name}` },
      cluster_id,
      topic_name,
      is_internal: false,
      replication_factor: expect.any(Number),
      partitions_count,
      partitions: { related: linkTo('/partitions') },
      configs: { related: linkTo('/configs') },
      partition_reassignments: { related: linkTo('/partitions/-/reassignments?') },
    };
  };

  describe('creating a topic', () => {
    it('answers 201 and what it made', async () => {
      const topic_name = client.newName();
      const answer = await client.post('…/topics', { topic_name, partitions_count: 4, replication_factor: 3 });
      expect(answer.status, answer.text).toBe(201);
      expect(answer.type).toBe('application/json');
      expect(topicShape.parse(answer.json)).toMatchObject(await topicData(topic_name, 4));
      expect(await endOffsets(client, topic_name)).toEqual([0, 0, 0, 0]);
    });

    it('makes one partition where no number is given', async () => {
      const topic_name = client.newName();
      const answer = await client.post('…/topics', { topic_name });
      expect(answer.status, answer.text).toBe(201);
      expect(topicShape.parse(answer.json)).toMatchObject(await topicData(topic_name, 1));
    });

    it('sets its configuration', async () => {
      const topic_name = client.newName();
      await client.post('…/topics', { topic_name, configs: configOf('cleanup.policy', 'compact') });
      const config = await client.get(`…/topics/${topic_name}/configs/cleanup.policy`);
      expect(config.json).toMatchObject({ value: 'compact', is_default: false });
    });

    it('only checks with validate_only', async () => {
      const topic_name = client.newName();
      const answer = await client.post('…/topics', { topic_name, partitions_count: 2, validate_only: true });
      expect(answer.status, answer.text).toBe(200);
      expect(topicShape.parse(answer.json)).toMatchObject(await topicData(topic_name, 2));
      expectError(await client.get(`…/topics/${topic_name}`), { status: 404, code: 40403 });
    });

    it('refuses a name that is taken, also with validate_only', async () => {
      for (const validate_only of [false, true]) {
        const answer = await client.post('…/topics', { topic_name: topic, partitions_count: 1, validate_only });
        expectError(answer, {
          status: 400,
          code: 40002,
          message: new RegExp(`topic '${topic}' already exists\\.`, 'i'),
        });
      }
      expect((await client.get(`…/topics/${topic}`)).json).toMatchObject(await topicData(topic, 3));
    });

    it('makes it once where several ask at the same time', async () => {
      const topic_name = client.newName();
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => client.post('…/topics', { topic_name })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400]);
    });
  });

  describe('describing topics', () => {
    it('answers what was created', async () => {
      const answer = await client.get(`…/topics/${topic}`);
      expect(answer.status).toBe(200);
      expect(topicShape.parse(answer.json)).toMatchObject(await topicData(topic, 3));
    });

    it('lists every topic', async () => {
      const listed: string[] = [];
      let path: string | undefined = '…/topics';
      while (path !== undefined) {
        const list = listOf('KafkaTopicList', topicShape).parse((await client.get(path)).json);
        listed.push(...list.data.map(({ topic_name }) => topic_name));
        const query = list.metadata.next?.split('?')[1];
        path = query && `…/topics?${query}`;
      }
      expect(listed).toContain(topic);
      expect(new Set(listed).size).toBe(listed.length);
    });

    it('lists the partitions, and describes each', async () => {
      const answer = await client.get(`…/topics/${topic}/partitions`);
      expect(answer.status).toBe(200);
      const { data } = listOf('KafkaPartitionList', partition).parse(answer.json);
      expect(data.map(({ partition_id }) => partition_id)).toEqual([0, 1, 2]);
      const one = partition.parse((await client.get(`…/topics/${topic}/partitions/1`)).json);
      expect(one).toEqual(data[1]);
      expect(one.topic_name).toBe(topic);
      expect(one.metadata.resource_name).toMatch(new RegExp(`/topic=${topic}/partition=1$`));
    });

    it('answers 404 for a partition that is not there', async () => {
      const answer = await client.get(`…/topics/${topic}/partitions/3`);
      expectError(answer, { status: 404, code: 40402 });
    });

    it.each([
      ['GET', ''],
      ['DELETE', ''],
      ['PATCH', ''],
      ['GET', '/partitions'],
      ['GET', '/partitions/0'],
      ['GET', '/partitions/0/offset?offset_type=latest'],
      ['GET', '/configs'],
      ['GET', '/configs/cleanup.policy'],
      ['PUT', '/configs/cleanup.policy'],
      ['DELETE', '/configs/cleanup.policy'],
      ['POST', '/configs:alter'],
      ['POST', '/records'],
      ['POST', '/records:batch'],
    ])('answers 404 with 40403 for an unknown topic: %s …/topics/{t}%s', async (method, path) => {
      const bodies: Record<string, unknown> = {
        PATCH: { partitions_count: 5 },
        PUT: { value: 'compact' },
        '/configs:alter': { data: [{ name: 'cleanup.policy', value: 'compact' }] },
        '/records': { value: { type: 'JSON', data: 1 } },
        '/records:batch': { entries: [{ id: '1', value: { type: 'JSON', data: 1 } }] },
      };
      const json = bodies[path] ?? bodies[method];
      const answer = await client.send(method, `…/topics/${client.newName()}${path}`, json ? { json } : {});
      expectError(answer, { status: 404, code: 40403 });
    });
  });

  describe('adding partitions', () => {
    it('makes more, empty ones, and keeps what there is', async () => {
      const grown = await client.createTopic({ partitions: 2 });
      await produceV2(client, `/topics/${grown}/partitions/1`, valuesOf('kept'));
      const answer = await client.send('PATCH', `…/topics/${grown}`, { json: { partitions_count: 4 } });
      expect(answer.status, answer.text).toBe(200);
      expect(topicShape.parse(answer.json)).toMatchObject(await topicData(grown, 4));
      await eventually(async () => expect(await endOffsets(client, grown)).toEqual([0, 1, 0, 0]));
      const [stored] = await eventually(() => produceV2(client, `/topics/${grown}/partitions/3`, valuesOf('new')));
      expect(stored).toEqual({ partition: 3, offset: 0 });
    });

    it.each([2, 1, 0, -1, 1.5, 1_001, 'four', null])('refuses %j where there are three', async partitions_count => {
      const answer = await client.send('PATCH', `…/topics/${topic}`, { json: { partitions_count } });
      expectError(answer, { status: [400, 422] });
      expect((await client.get(`…/topics/${topic}`)).json).toMatchObject({ partitions_count: 3 });
    });

    it('refuses fewer with 40002', async () => {
      const answer = await client.send('PATCH', `…/topics/${topic}`, { json: { partitions_count: 1 } });
      expectError(answer, { status: 400, code: 40002, message: /INVALID_PARTITIONS/ });
    });
  });
}
