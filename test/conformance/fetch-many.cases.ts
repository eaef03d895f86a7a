/** `records:fetch`: many topic partitions in one request. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { fetchMany, from, partitionsOf } from './support/fetch-many.ts';
import { base64, produceV2, produceV3, stringOf, valuesOf } from './support/produce.ts';

export function fetchManyCases(client: Client): void {
  let one: string;
  let two: string;

  const ask = fetchMany.bind(undefined, client);

  beforeAll(async () => {
    one = await client.createTopic({ partitions: 3 });
    two = await client.createTopic();
    const headers = [{ key: 'h', value: base64('x') }];
    await produceV2(client, `/topics/${one}/partitions/0`, [
      { key: 'k', value: 'a', timestamp: 5, headers },
      { value: 'b' },
    ]);
    await produceV2(client, `/topics/${one}/partitions/1`, valuesOf('c', 'd', 'e'));
    await produceV2(client, `/topics/${two}/partitions/0`, valuesOf('f'));
  });

  describe('records:fetch', () => {
    it('answers every partition asked for', async () => {
      const answer = await ask({ [one]: [from(0, 0), from(1, 1), from(2, 0)], [two]: [from(0, 0)] });
      const partitions = partitionsOf(answer);
      const summary = partitions.map(({ topic, partition, error_code, high_watermark, log_start_offset, records }) => ({
        at: `${topic}-${partition}`,
        marks: [error_code, log_start_offset, high_watermark],
        offsets: records.map(({ offset }) => offset),
      }));
      expect(summary).toEqual([
        { at: `${one}-0`, marks: [0, 0, 2], offsets: [0, 1] },
        { at: `${one}-1`, marks: [0, 0, 3], offsets: [1, 2] },
        { at: `${one}-2`, marks: [0, 0, 0], offsets: [] },
        { at: `${two}-0`, marks: [0, 0, 1], offsets: [0] },
      ]);
    });

    it('names the offset to ask for next', async () => {
      const partitions = partitionsOf(await ask({ [one]: [from(0, 0), from(1, 1), from(2, 0)] }));
      expect(partitions.map(({ next_offset }) => next_offset)).toEqual([2, 3, 0]);
    });

    it('gives timestamp, key, value and headers, in base64', async () => {
      const [partition] = partitionsOf(await ask({ [one]: [from(0, 0)] }));
      expect(partition?.records[0]).toMatchObject({
        offset: 0,
        timestamp: 5,
        key: base64('"k"'),
        value: base64('"a"'),
      });
      expect(partition?.records[0]?.headers).toEqual([{ key: 'h', value: base64('x') }]);
      expect(partition?.records[1]).toMatchObject({ key: null, headers: [] });
    });

    it('gives keys and values as JSON where Accept says so', async () => {
      const [partition] = partitionsOf(await ask({ [one]: [from(0, 0)] }, {}, mediaType.json));
      expect(partition?.records).toMatchObject([
        { key: 'k', value: 'a' },
        { key: null, value: 'b' },
      ]);
    });

    it('leaves an error to the partition that has it', async () => {
      const unknown = client.newName();
      const answer = await ask({
        [one]: [from(0, 0), from(1, 4), from(9, 0)],
        [unknown]: [from(0, 0)],
        [two]: [from(0, 0)],
      });
      const partitions = partitionsOf(answer);
      for (const { error_code, message, high_watermark } of partitions.filter(({ error_code }) => error_code === 3)) {
        expect({ error_code, message, high_watermark }).toEqual({
          error_code: 3,
          message: expect.stringMatching(/^UNKNOWN_TOPIC_OR_PARTITION/),
          high_watermark: -1,
        });
      }
      expect(partitions.map(({ error_code, records }) => [error_code, records.length])).toEqual([
        [0, 2],
        [1, 0],
        [3, 0],
        [3, 0],
        [0, 1],
      ]);
    });

    it('leaves a record that is not JSON to its partition', async () => {
      const mixed = await client.createTopic();
      await produceV3(client, mixed, { value: stringOf('not json') });
      const partitions = partitionsOf(await ask({ [mixed]: [from(0, 0)], [two]: [from(0, 0)] }, {}, mediaType.json));
      expect(partitions[0]).toMatchObject({
        error_code: 87,
        message: expect.stringMatching(/at offset 0/),
        records: [],
      });
      expect(partitions[1]).toMatchObject({ error_code: 0, records: [{ value: 'f' }] });
    });

    it('cuts a partition at partition_max_bytes, but never below one record', async () => {
      const large = await client.createTopic({ partitions: 2 });
      for (let index = 0; index < 5; index++) {
        for (const partition of [0, 1]) {
          await produceV2(client, `/topics/${large}/partitions/${partition}`, valuesOf('x'.repeat(1_000)));
        }
      }
      const [cut, whole] = partitionsOf(await ask({ [large]: [from(0, 0, 1), from(1, 0)] }));
      expect(cut?.records.length).toBeGreaterThanOrEqual(1);
      expect(cut?.records.length).toBeLessThan(5);
      expect(whole?.records).toHaveLength(5);
      const shared = partitionsOf(await ask({ [large]: [from(0, 0), from(1, 0)] }, { max_bytes: 1 }));
      const records = shared.flatMap(partition => partition.records);
      expect(records.length).toBeGreaterThanOrEqual(1);
      expect(records.length).toBeLessThan(10);
    });

    it('does not wait where there is a record', async () => {
      const begun = performance.now();
      const partitions = partitionsOf(await ask({ [one]: [from(2, 0), from(0, 0)] }, { max_wait_ms: 25_000 }));
      expect(partitions.map(({ records }) => records.length)).toEqual([0, 2]);
      expect(performance.now() - begun).toBeLessThan(10_000);
    });

    it('waits at the end for max_wait_ms', async () => {
      const begun = performance.now();
      const partitions = partitionsOf(await ask({ [one]: [from(0, 2), from(2, 0)] }, { max_wait_ms: 600 }));
      expect(partitions.map(({ error_code, records }) => [error_code, records.length])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(performance.now() - begun).toBeGreaterThan(550);
    });

    it('waits for min_bytes, and then gives what there is', async () => {
      const begun = performance.now();
      const [partition] = partitionsOf(await ask({ [two]: [from(0, 0)] }, { max_wait_ms: 600, min_bytes: 100_000 }));
      expect(partition?.records).toHaveLength(1);
      expect(performance.now() - begun).toBeGreaterThan(550);
    });

    it('is woken by an append to any of its partitions', async () => {
      const fresh = await client.createTopic({ partitions: 2 });
      const waiting = ask({ [fresh]: [from(0, 0), from(1, 0)] }, { max_wait_ms: 20_000 });
      await sleep(300);
      await produceV2(client, `/topics/${fresh}/partitions/1`, valuesOf('awake'));
      const begun = performance.now();
      expect(partitionsOf(await waiting).map(({ records }) => records.length)).toEqual([0, 1]);
      expect(performance.now() - begun).toBeLessThan(5_000);
    });
  });
}
