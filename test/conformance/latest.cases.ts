/** The newest record of keys of a compacted topic. */
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Answer, type Client, mediaType } from './client.ts';
import { base64, produceV2 } from './support/produce.ts';
import { expectError } from './support/refusals.ts';

const record = z.strictObject({
  offset: z.int().nonnegative(),
  timestamp: z.int(),
  key: z.unknown(),
  value: z.unknown(),
  headers: z.array(z.strictObject({ key: z.string(), value: z.base64().nullable() })),
});

const latestList = z.strictObject({
  kind: z.literal('MillraceLatestRecordList'),
  metadata: z.strictObject({ self: z.url(), next: z.url().nullable() }),
  data: z.array(
    z.strictObject({
      partition: z.int(),
      key: z.string(),
      record: record.nullable(),
      error_code: z.int().optional(),
      message: z.string().optional(),
    }),
  ),
});

const compacted = { 'cleanup.policy': 'compact' };

const getLatest = (client: Client, topic: string, query: string, accept: string = mediaType.json): Promise<Answer> =>
  client.get(`…/topics/${topic}/latest${query}`, accept);

const queryOf = (keys: readonly string[]) =>
  `?${new URLSearchParams(keys.map((key): [string, string] => ['key', key]))}`;

function latestIn(answer: Answer) {
  expect(answer.status, answer.text).toBe(200);
  return latestList.parse(answer.json);
}

export function latestCases(client: Client): void {
  describe('the newest records of keys', () => {
    let topic: string;

    beforeAll(async () => {
      topic = await client.createTopic({ partitions: 3, configs: compacted });
      for (const value of [1, 2, 3]) {
        await produceV2(client, `/topics/${topic}`, [
          { key: 'ann', value },
          { key: 'ben', value },
          { key: 'a&b=c %+ä€', value },
        ]);
      }
      await produceV2(client, `/topics/${topic}`, [{ key: 'ben', value: null }]);
    });

    it('are answered in the order of the keys, tombstones and missing ones in their places', async () => {
      const keys = ['"ben"', '"nobody"', '"ann"', '"a&b=c %+ä€"', '"ann"', 'ann'];
      const { data, metadata } = latestIn(await getLatest(client, topic, queryOf(keys)));
      expect(data.map(({ key }) => key)).toEqual(keys);
      expect(data.map(each => each.record?.value)).toEqual([null, undefined, 3, 3, 3, undefined]);
      expect(metadata.next).toBeNull();
    });

    it('are what was acknowledged a moment ago', async () => {
      for (let value = 10; value < 30; value++) {
        const [stored] = await produceV2(client, `/topics/${topic}`, [{ key: 'now', value }]);
        const { data } = latestIn(await getLatest(client, topic, '?key=%22now%22'));
        expect(data).toMatchObject([
          { partition: stored?.partition, record: { offset: stored?.offset, key: 'now', value } },
        ]);
      }
    });

    it('are base64 where not asked for as JSON', async () => {
      for (const accept of ['application/json', mediaType.binary, mediaType.v2]) {
        const { data } = latestIn(await getLatest(client, topic, '?key=%22ann%22', accept));
        expect(data[0]?.record).toMatchObject({ key: base64('"ann"'), value: base64('3') });
      }
    });

    it('are found by keys in base64, and in a partition that is named', async () => {
      const key = encodeURIComponent(base64('"ann"'));
      const { data } = latestIn(await getLatest(client, topic, `?key_format=base64&key=${key}`));
      expect(data[0]?.record).toMatchObject({ key: 'ann', value: 3 });
      const found = [];
      for (const partition of [0, 1, 2]) {
        const answer = await getLatest(client, topic, `?key=%22ann%22&partition=${partition}`);
        found.push(...latestIn(answer).data.filter(each => each.record !== null));
      }
      expect(found).toMatchObject([{ partition: data[0]?.partition, record: { value: 3 } }]);
    });

    it.each([1, 99, 100])('are answered for %d keys', async count => {
      const keys = Array.from({ length: count }, (_, index) => `k${index}`);
      expect(latestIn(await getLatest(client, topic, queryOf(keys))).data).toHaveLength(count);
    });

    it('are refused for 101 keys, and for none', async () => {
      const keys = Array.from({ length: 101 }, (_, index) => `k${index}`);
      expectError(await getLatest(client, topic, queryOf(keys)), { status: 400, code: 400, message: /100/ });
      expectError(await getLatest(client, topic, ''), { status: 400, code: 400, message: /key/ });
    });

    it.each([
      '?key=%FF',
      '?key=YQ&key_format=base64',
      '?key=a&key_format=x',
      '?key=a&partition=',
      '?key=a&partition=-1',
    ])('are refused with %s', async query => {
      expectError(await getLatest(client, topic, query), { status: 400, code: 400 });
    });

    it('are refused where the topic is not compacted, or is not there', async () => {
      const plain = await client.createTopic();
      expectError(await getLatest(client, plain, '?key=a'), { status: 422, code: 422, message: /cleanup\.policy/ });
      expectError(await getLatest(client, client.newName(), '?key=a'), { status: 404, code: 40403 });
      expectError(await getLatest(client, topic, '?key=a&partition=3'), { status: 404, code: 40402 });
    });
  });
}
