/** Who leads a partition: nobody at first, then whoever rolled it last. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { eventually } from './support/read.ts';
import { ROLLED_WITHIN_MS, rolledTopic } from './support/rolled-topic.ts';
import { listOf, partition, partitionV2, replica } from './support/shapes.ts';

export function leaderCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    ({ topic } = await rolledTopic(client));
  }, 2 * ROLLED_WITHIN_MS);

  const v3 = async (number: number) => {
    const answer = await client.get(`…/topics/${topic}/partitions/${number}`);
    expect(answer.status, answer.text).toBe(200);
    return partition.parse(answer.json);
  };

  const v2 = async (number: number) => {
    const answer = await client.get(`/topics/${topic}/partitions/${number}`);
    expect(answer.status, answer.text).toBe(200);
    return partitionV2.parse(answer.json);
  };

  /** The replica that a link leads to. */
  const follow = async ({ related }: { readonly related: string }) => {
    const answer = await client.follow(related);
    expect(answer.status, answer.text).toBe(200);
    return replica.parse(answer.json);
  };

  describe('the leader of a partition', () => {
    it('has no epoch where nobody has led yet', async () => {
      expect((await v3(1)).leader_epoch).toBe(0);
      expect((await v2(1)).leader_epoch).toBe(0);
    });

    it('is the one replica, with its epoch, once the partition was rolled', async () => {
      await eventually(async () => {
        const { leader, leader_epoch } = await v3(0);
        expect(leader_epoch).toBeGreaterThanOrEqual(1);
        const { broker_id } = await follow(leader);
        expect(leader.related.endsWith(`/replicas/${broker_id}`)).toBe(true);
        expect(await v2(0)).toMatchObject({
          leader: broker_id,
          leader_epoch,
          replicas: [{ broker: broker_id, leader: true, in_sync: true }],
        });
        const replicas = await client.get(`…/topics/${topic}/partitions/0/replicas`);
        expect(listOf('KafkaReplicaList', replica).parse(replicas.json).data).toMatchObject([{ broker_id }]);
      });
    });

    it('is told by lists as by the partition alone', async () => {
      await eventually(async () => {
        const list = await client.get(`…/topics/${topic}/partitions`);
        const { data } = listOf('KafkaPartitionList', partition).parse(list.json);
        expect(data[0]).toEqual(await v3(0));
        const partitions = (await client.get(`/topics/${topic}/partitions`)).json as unknown[];
        expect(partitions[0]).toEqual(await v2(0));
        expect((await client.get(`/topics/${topic}`)).json).toMatchObject({ partitions: [partitions[0], {}] });
      });
    });

    it('is a link that can be followed where nobody has led yet', async () => {
      await eventually(async () => {
        expect(await follow((await v3(1)).leader)).toMatchObject({ partition_id: 1, is_leader: true });
      });
    });
  });
}
