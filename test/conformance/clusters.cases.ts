/** The cluster, its brokers, and whether it is up. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Client, mediaType } from './client.ts';
import { expectError } from './support/refusals.ts';
import { broker, cluster, listOf } from './support/shapes.ts';

export function clusterCases(client: Client): void {
  describe('clusters', () => {
    it('lists the one cluster', async () => {
      const answer = await client.get('/v3/clusters');
      expect(answer.status).toBe(200);
      expect(answer.type).toBe('application/json');
      const { metadata, data } = listOf('KafkaClusterList', cluster).parse(answer.json);
      expect(data).toHaveLength(1);
      expect(metadata.self).toMatch(/\/v3\/clusters$/);
      expect(metadata.next).toBeNull();
    });

    it('describes the cluster by its id', async () => {
      const id = await client.clusterId();
      const answer = await client.get('…');
      const described = cluster.parse(answer.json);
      expect(described.cluster_id).toBe(id);
      expect(described.metadata).toEqual({
        self: expect.stringMatching(new RegExp(`/v3/clusters/${id}$`)),
        resource_name: `crn:///kafka=${id}`,
      });
      expect(described.topics.related).toMatch(new RegExp(`/v3/clusters/${id}/topics$`));
      expect(described.brokers.related).toMatch(new RegExp(`/v3/clusters/${id}/brokers$`));
    });

    it('keeps its id', async () => {
      const lists = await Promise.all([1, 2, 3].map(() => client.get('/v3/clusters')));
      const ids = lists.map(list => (list.json as { data: { cluster_id: string }[] }).data[0]?.cluster_id);
      expect(new Set(ids)).toEqual(new Set([await client.clusterId()]));
    });

    it.each(['', '/brokers', '/topics', '/topics/t', '/topics/t/configs', '/topics/t/partitions'])(
      'answers 404 for another cluster: …%s',
      async path => {
        expectError(await client.get(`/v3/clusters/no-such-cluster${path}`), { status: 404, code: 404 });
      },
    );

    it('takes no records for another cluster', async () => {
      const answer = await client.post('/v3/clusters/no-such-cluster/topics/t/records', {});
      expectError(answer, { status: 404, code: 404 });
    });
  });

  describe('brokers', () => {
    it('are the workers seen lately, the one that answers among them', async () => {
      const answer = await client.get('…/brokers');
      expect(answer.status).toBe(200);
      const { data } = listOf('KafkaBrokerList', broker).parse(answer.json);
      expect(data).not.toHaveLength(0);
      const ids = data.map(({ broker_id }) => broker_id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { cluster_id } of data) expect(cluster_id).toBe(await client.clusterId());
    });

    it('have numbers on v2', async () => {
      const answer = await client.get('/brokers');
      expect(answer.status).toBe(200);
      expect(answer.type).toBe(mediaType.v2);
      const { brokers } = z.strictObject({ brokers: z.array(z.int()) }).parse(answer.json);
      expect(brokers).not.toHaveLength(0);
    });
  });

  describe('health', () => {
    it('answers 200', async () => {
      expect((await client.get('/health')).status).toBe(200);
    });
  });
}
