/** Where keyed records go: `murmur2(key)` of the bytes stored, as Kafka's Java client computes it. */
import { murmur2 } from '@platformatic/kafka';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { acknowledged, base64, produceBatch, produceV2, produceV3, stringOf } from './support/produce.ts';

const partitionCounts = [3, 6, 10, 16] as const;

/** Kafka's test vectors, with the partition of each for 3, 6, 10 and 16 partitions; the empty key is computed. */
const vectors: [key: string, partitions: readonly number[]][] = [
  ['21', [0, 0, 0, 12]],
  ['foobar', [0, 0, 6, 14]],
  ['a-little-bit-long-string', [2, 2, 2, 0]],
  ['a-little-bit-longer-string', [2, 5, 9, 3]],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', [2, 5, 7, 13]],
  ['abc', [0, 3, 7, 11]],
  ['', [0, 3, 1, 9]],
];

const keys = vectors.map(([key]) => key);

const partitionFor = (key: string, count: number) => (murmur2(Buffer.from(key)) & 0x7fffffff) % count;

export function partitionerCases(client: Client): void {
  describe.each(partitionCounts)('a key among %i partitions', count => {
    const expected = vectors.map(([, partitions]) => partitions[partitionCounts.indexOf(count)]);
    let topic: string;

    beforeAll(async () => {
      topic = await client.createTopic({ partitions: count });
    });

    it('is hashed as its bare text on v3, STRING', async () => {
      const reports = await produceV3(
        client,
        topic,
        ...keys.map(key => ({ key: stringOf(key), value: stringOf('v') })),
      );
      expect(reports.map(({ partition_id }) => partition_id)).toEqual(expected);
    });

    it('is hashed as its bytes on v3, BINARY, and in a v3 batch', async () => {
      const entries = keys.map((key, index) => ({
        id: `${index}`,
        key: { type: 'BINARY', data: base64(key) },
        value: stringOf('v'),
      }));
      const { successes } = await produceBatch(client, topic, entries);
      const byId = successes.toSorted((a, b) => Number(a.id) - Number(b.id));
      expect(byId.map(({ partition_id }) => partition_id)).toEqual(expected);
    });

    it('is hashed as its bytes on v2, binary', async () => {
      const records = keys.map(key => ({ key: base64(key), value: base64('v') }));
      const stored = acknowledged(await client.post(`/topics/${topic}`, { records }, mediaType.binary));
      expect(stored.map(({ partition }) => partition)).toEqual(expected);
    });

    it('is hashed as its JSON text, quotes and all, on v2 and on v3, JSON', async () => {
      const jsonKeys: unknown[] = [...keys, 21, -1.5, true, { a: [1, 'b'] }, ['abc'], 'ключ 🔑'];
      const byText = jsonKeys.map(key => partitionFor(JSON.stringify(key), count));
      const stored = await produceV2(
        client,
        `/topics/${topic}`,
        jsonKeys.map(key => ({ key, value: 'v' })),
      );
      expect(stored.map(({ partition }) => partition)).toEqual(byText);
      const records = jsonKeys.map(data => ({ key: { type: 'JSON', data }, value: stringOf('v') }));
      const reports = await produceV3(client, topic, ...records);
      expect(reports.map(({ partition_id }) => partition_id)).toEqual(byText);
    });
  });
}
