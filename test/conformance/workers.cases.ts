/** Brokers and replicas one by one. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { expectError } from './support/refusals.ts';
import { broker, listOf, replica } from './support/shapes.ts';

export function workerCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 2 });
  });

  describe('a broker', () => {
    it('is described as it is listed', async () => {
      const { data } = listOf('KafkaBrokerList', broker).parse((await client.get('…/brokers')).json);
      const [first = expect.fail('no broker is listed')] = data;
      const answer = await client.get(`…/brokers/${first.broker_id}`);
      expect(answer.status, answer.text).toBe(200);
      expect(broker.parse(answer.json)).toMatchObject({ broker_id: first.broker_id, cluster_id: first.cluster_id });
    });

    it('is 404 where nobody has seen it', async () => {
      expectError(await client.get('…/brokers/2147483647'), { status: 404, code: 404 });
    });

    it.each(['-1', '1.0', 'one', '0x1'])('has no such number: %s', async number => {
      expectError(await client.get(`…/brokers/${number}`), { status: [400, 404] });
    });
  });

  describe('the replicas of a partition', () => {
    it('are the leader alone', async () => {
      const answer = await client.get(`…/topics/${topic}/partitions/1/replicas`);
      expect(answer.status, answer.text).toBe(200);
      const { data } = listOf('KafkaReplicaList', replica).parse(answer.json);
      expect(data).toMatchObject([{ topic_name: topic, partition_id: 1 }]);
    });

    it('are unknown where the topic or the partition is', async () => {
      expectError(await client.get(`…/topics/${topic}/partitions/2/replicas`), { status: 404, code: 40402 });
      expectError(await client.get(`…/topics/${client.newName()}/partitions/0/replicas`), { status: 404, code: 40403 });
    });
  });
}
