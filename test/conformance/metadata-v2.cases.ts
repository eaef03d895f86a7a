/** Topics, partitions and offsets on v2. */
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Client, mediaType } from './client.ts';
import { produceV2, valuesOf } from './support/produce.ts';
import { expectError } from './support/refusals.ts';
import { partitionV2 } from './support/shapes.ts';

const topicShape = z.strictObject({
  name: z.string(),
  configs: z.record(z.string(), z.string()),
  partitions: z.array(partitionV2),
});

export function metadataV2Cases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 3, configs: { 'retention.ms': '3600000' } });
    await produceV2(client, `/topics/${topic}/partitions/1`, valuesOf('a', 'b'));
  });

  describe('v2 metadata', () => {
    it('lists the names of topics', async () => {
      const answer = await client.get('/topics');
      expect(answer.status).toBe(200);
      expect(answer.type).toBe(mediaType.v2);
      expect(z.array(z.string()).parse(answer.json)).toContain(topic);
    });

    it('describes a topic with its partitions and configs', async () => {
      const answer = await client.get(`/topics/${topic}`);
      expect(answer.status).toBe(200);
      expect(answer.type).toBe(mediaType.v2);
      const { name, configs, partitions } = topicShape.parse(answer.json);
      expect(name).toBe(topic);
      expect(configs).toMatchObject({ 'retention.ms': '3600000', 'cleanup.policy': 'delete' });
      expect(partitions.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    });

    it('names the leader of a partition among its replicas', async () => {
      const answer = await client.get(`/topics/${topic}/partitions`);
      expect(answer.status).toBe(200);
      for (const { leader, replicas } of z.array(partitionV2).parse(answer.json)) {
        expect(replicas.filter(replica => replica.leader).map(({ broker }) => broker)).toEqual([leader]);
      }
    });

    it('describes a partition', async () => {
      const answer = await client.get(`/topics/${topic}/partitions/2`);
      expect(answer.status).toBe(200);
      expect(answer.type).toBe(mediaType.v2);
      expect(partitionV2.parse(answer.json).partition).toBe(2);
    });

    it.each([
      [0, { beginning_offset: 0, end_offset: 0 }],
      [1, { beginning_offset: 0, end_offset: 2 }],
    ])('tells where partition %i begins and ends', async (partition, offsets) => {
      const answer = await client.get(`/topics/${topic}/partitions/${partition}/offsets`);
      expect(answer.status).toBe(200);
      expect(answer.type).toBe(mediaType.v2);
      expect(answer.json).toEqual(offsets);
    });

    it.each(['', '/partitions', '/partitions/0', '/partitions/0/offsets'])(
      'answers 404 with 40401 for an unknown topic: /topics/{t}%s',
      async path => {
        expectError(await client.get(`/topics/${client.newName()}${path}`), { status: 404, code: 40401 });
      },
    );

    it.each(['', '/offsets', '/records?offset=0&timeout=0&max_bytes=1000'])(
      'answers 404 with 40402 for an unknown partition: /topics/{t}/partitions/3%s',
      async path => {
        expectError(await client.get(`/topics/${topic}/partitions/3${path}`), { status: 404, code: 40402 });
      },
    );
  });
}
