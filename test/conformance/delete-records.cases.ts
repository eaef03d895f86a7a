/** DeleteRecords: moving the start of partitions. Other workers may go by the start that they knew for half a minute. */
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Client } from './client.ts';
import { fetchMany, from, partitionsOf } from './support/fetch-many.ts';
import { produceV2, valuesOf } from './support/produce.ts';
import { batchOf, produceRaw } from './support/raw.ts';
import { endOffset, eventually, readPage, readTexts } from './support/read.ts';
import { expectError, misfit, notJson } from './support/refusals.ts';
import { rollingConfigs, untilRolled } from './support/rolled-topic.ts';
import { listSegments } from './support/segments.ts';

const deleted = z.strictObject({
  partitions: z.array(
    z.strictObject({
      partition_id: z.int(),
      error_code: z.int(),
      message: z.string().optional(),
      low_watermark: z.int(),
    }),
  ),
});

/** What other workers may believe in a log start for so long, and two seconds. */
const BELIEF_MS = 32_000;

const settled = <T>(look: () => Promise<T>) => eventually(look, BELIEF_MS);

/** For cases that wait for what other workers believe. */
const timeout = 2 * BELIEF_MS;

export function deleteRecordsCases(client: Client): void {
  const post = (topic: string, partitions: unknown) => client.post(`…/topics/${topic}/records:delete`, { partitions });

  const deleteBefore = async (topic: string, ...asked: readonly (readonly [partition: number, offset: number])[]) => {
    const partitions = asked.map(([partition_id, offset]) => ({ partition_id, offset }));
    const answer = await post(topic, partitions);
    expect(answer.status, answer.text).toBe(200);
    return deleted.parse(answer.json).partitions;
  };

  const moved = (partition_id: number, low_watermark: number) => ({ partition_id, error_code: 0, low_watermark });

  const startOf = async (topic: string, partition = 0) => {
    const answer = await client.get(`/topics/${topic}/partitions/${partition}/offsets`);
    return (answer.json as { beginning_offset: number }).beginning_offset;
  };

  /** A topic of two partitions, five records in the first. */
  const newTopic = async () => {
    const topic = await client.createTopic({ partitions: 2 });
    await produceV2(client, `/topics/${topic}/partitions/0`, valuesOf(0, 1));
    await produceV2(client, `/topics/${topic}/partitions/0`, valuesOf(2, 3, 4));
    return topic;
  };

  describe('deleting records', () => {
    it('moves the start of a partition, and keeps its end', { timeout }, async () => {
      const topic = await newTopic();
      expect(await deleteBefore(topic, [0, 3])).toEqual([moved(0, 3)]);
      expect(await readTexts(client, topic, { offset: 3 })).toEqual(['3', '4']);
      await settled(async () => expect(await startOf(topic)).toBe(3));
      expect(await endOffset(client, topic)).toBe(5);
      await produceV2(client, `/topics/${topic}/partitions/0`, valuesOf(5));
      expect(await readTexts(client, topic, { offset: 4 })).toEqual(['4', '5']);
    });

    it('puts what is below the start out of range, and is never a failure', { timeout }, async () => {
      const topic = await newTopic();
      await deleteBefore(topic, [0, 2]);
      for (const offset of [0, 1]) {
        await settled(async () => {
          const answer = await readPage(client, topic, { offset });
          expect(answer.status, answer.text).toBeLessThan(500);
          expectError(answer, { status: 416, code: 41601 });
        });
      }
      await settled(async () => {
        const [fetched] = partitionsOf(await fetchMany(client, { [topic]: [from(0, 1)] }, { max_wait_ms: 0 }));
        expect(fetched).toMatchObject({ error_code: 1, records: [] });
      });
    });

    it('is what offsets by time go by', { timeout }, async () => {
      const topic = await client.createTopic();
      const at = (timestamp: number) => ({ value: timestamp, timestamp });
      await produceV2(client, `/topics/${topic}/partitions/0`, [at(9_000), at(2_000), at(3_000), at(1_000)]);
      await deleteBefore(topic, [0, 1]);
      const offset = async (query: string) =>
        ((await client.get(`…/topics/${topic}/partitions/0/offset?offset_type=${query}`)).json as { offset: number })
          .offset;
      await settled(async () => expect(await offset('max_timestamp')).toBe(2));
      await settled(async () => expect(await offset('timestamp&timestamp=0')).toBe(1));
      await settled(async () => expect(await offset('timestamp&timestamp=3001')).toBe(-1));
      await settled(async () => expect(await offset('earliest')).toBe(1));
    });

    it('deletes everything up to the high watermark, by its number or -1', { timeout }, async () => {
      for (const offset of [5, -1]) {
        const topic = await newTopic();
        expect(await deleteBefore(topic, [0, offset])).toEqual([moved(0, 5)]);
        await settled(async () => expect(await startOf(topic)).toBe(5));
        expect(await readTexts(client, topic, { offset: 5 })).toEqual([]);
        await produceV2(client, `/topics/${topic}/partitions/0`, valuesOf('new'));
        expect(await readTexts(client, topic, { offset: 5 })).toEqual(['"new"']);
      }
    });

    it('takes the segments below the start off the list, and cuts one in its middle', {
      timeout: 200_000,
    }, async () => {
      const topic = await client.createTopic({ configs: rollingConfigs });
      const texts = Array.from({ length: 60 }, (_, index) => `${index} `.padEnd(150, '.'));
      for (const first of [0, 20, 40]) await produceRaw(client, topic, batchOf(texts.slice(first, first + 20)));
      await untilRolled(client, topic, 60);
      for (const start of [10, 20, 45, 60]) {
        expect(await deleteBefore(topic, [0, start])).toEqual([moved(0, start)]);
        expect(await readTexts(client, topic, { offset: start })).toEqual(texts.slice(start));
        const [first] = await listSegments(client, topic);
        if (start < 60) expect(first?.base_offset).toBeLessThanOrEqual(start);
        if (first) expect(first.last_offset).toBeGreaterThanOrEqual(start);
        await settled(async () => {
          const answer = await readPage(client, topic, { offset: start - 1 });
          expectError(answer, { status: 416, code: 41601 });
        });
      }
    });

    it('never moves a start back', async () => {
      const topic = await newTopic();
      await deleteBefore(topic, [0, 3]);
      for (const offset of [3, 2, 0]) expect(await deleteBefore(topic, [0, offset])).toEqual([moved(0, 3)]);
      expect(await deleteBefore(topic, [0, 4])).toEqual([moved(0, 4)]);
    });

    it('of an empty partition moves nothing', async () => {
      const topic = await newTopic();
      for (const offset of [0, -1]) expect(await deleteBefore(topic, [1, offset])).toEqual([moved(1, 0)]);
    });

    it('tells the error of a partition in its place, and does the others', { timeout }, async () => {
      const topic = await newTopic();
      const [above, unknown, negative, good] = await deleteBefore(topic, [1, 1], [2, 0], [-1, 0], [0, 4]);
      expect(above).toMatchObject({ partition_id: 1, error_code: 1, low_watermark: -1 });
      expect(above?.message).toMatch(/^OFFSET_OUT_OF_RANGE: /);
      expect(unknown).toMatchObject({ partition_id: 2, error_code: 3, low_watermark: -1 });
      expect(negative).toMatchObject({ partition_id: -1, error_code: 3, low_watermark: -1 });
      expect(good).toEqual(moved(0, 4));
      await settled(async () => expect(await startOf(topic)).toBe(4));
      expect(await startOf(topic, 1)).toBe(0);
    });

    it.each([4, 5, 6])('takes offset %i of a log that ends at 5, or says that it is above', async offset => {
      const [result] = await deleteBefore(await newTopic(), [0, offset]);
      expect(result).toMatchObject(offset > 5 ? { error_code: 1, low_watermark: -1 } : moved(0, offset));
    });

    describe('is refused as a whole, and moves nothing,', () => {
      let topic: string;

      beforeAll(async () => {
        topic = await newTopic();
      });

      const good = { partition_id: 0, offset: 2 };

      it.each([
        ['without partitions', []],
        ['with no list', good],
        ['with a partition twice', [good, { partition_id: 0, offset: 3 }]],
        ['with an offset below -1', [{ partition_id: 0, offset: -2 }]],
        ['with an offset that is too large', [{ partition_id: 0, offset: 2 ** 53 }]],
        ['with an offset as text', [{ partition_id: 0, offset: '2' }]],
        ['with a fraction', [{ partition_id: 0, offset: 2.5 }]],
        ['with no offset', [good, { partition_id: 1 }]],
        ['with no partition', [good, { offset: 1 }]],
        ['with an unknown member', [{ ...good, before: 1 }]],
        [
          'with more partitions than a topic has',
          Array.from({ length: 1_001 }, (_, id) => ({ ...good, partition_id: id })),
        ],
      ])('%s', async (_name, partitions) => {
        expectError(await post(topic, partitions), misfit);
        expect(await startOf(topic)).toBe(0);
      });

      it.each(['', '{', '{"partitions": [}'])('with the body %j', async body => {
        const answer = await client.send('POST', `…/topics/${topic}/records:delete`, {
          body,
          type: 'application/json',
        });
        expectError(answer, body === '' ? misfit : notJson);
      });

      it('of a topic that is not there', async () => {
        expectError(await post(client.newName(), [good]), { status: 404, code: 40403 });
      });
    });
  });
}
