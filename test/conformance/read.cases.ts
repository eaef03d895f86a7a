/** Reading a partition at an offset, without a group. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { base64, produceV2, produceV3, stringOf, valuesOf } from './support/produce.ts';
import { pageOf, read, readAll, readPage } from './support/read.ts';
import { expectError } from './support/refusals.ts';

export function readCases(client: Client): void {
  let topic: string;
  let path: string;

  /** Two batches: offsets 0 to 2, and 3 to 4. */
  beforeAll(async () => {
    topic = await client.createTopic();
    path = `/topics/${topic}/partitions/0`;
    const records = [{ key: 'k', value: { n: 0 }, timestamp: 1_000, headers: [{ key: 'h', value: base64('x') }] }];
    await produceV2(client, path, [...records, { value: 1, timestamp: 2_000 }, { value: null, timestamp: 3_000 }]);
    await produceV2(client, path, [
      { value: 3, timestamp: 4_000 },
      { value: 4, timestamp: 5_000 },
    ]);
  });

  describe('a groupless read', () => {
    it('answers a bare array of records, as JSON', async () => {
      const answer = await readPage(client, topic, { accept: mediaType.json });
      expect(answer.status).toBe(200);
      expect(answer.type).toBe(mediaType.json);
      const common = { topic, partition: 0, key: null, headers: [] };
      expect(answer.json).toEqual([
        {
          ...common,
          offset: 0,
          timestamp: 1_000,
          key: 'k',
          value: { n: 0 },
          headers: [{ key: 'h', value: base64('x') }],
        },
        { ...common, offset: 1, timestamp: 2_000, value: 1 },
        { ...common, offset: 2, timestamp: 3_000, value: null },
        { ...common, offset: 3, timestamp: 4_000, value: 3 },
        { ...common, offset: 4, timestamp: 5_000, value: 4 },
      ]);
    });

    it.each([mediaType.binary, '*/*', undefined])('answers base64 for Accept %s', async accept => {
      const query = 'offset=0&timeout=0&max_bytes=10000';
      const answer = await client.get(`${path}/records?${query}`, accept);
      expect(answer.type).toBe(mediaType.binary);
      const { records } = pageOf(answer);
      expect(records.map(({ value }) => value)).toEqual([
        base64('{"n":0}'),
        base64('1'),
        null,
        base64('3'),
        base64('4'),
      ]);
      expect(records[0]).toMatchObject({ key: base64('"k"'), headers: [{ key: 'h', value: base64('x') }] });
    });

    it('tells where the log begins and ends, and the offset to ask for next', async () => {
      const { highWatermark, logStartOffset, nextOffset } = pageOf(await readPage(client, topic));
      expect({ highWatermark, logStartOffset, nextOffset }).toEqual({
        highWatermark: 5,
        logStartOffset: 0,
        nextOffset: 5,
      });
    });

    it.each([1, 2, 3, 4])('begins at offset %i, wherever its batch begins', async offset => {
      const records = await read(client, topic, { offset });
      expect(records[0]?.offset).toBe(offset);
      expect(records.at(-1)?.offset).toBe(4);
    });

    it('is cut by max_bytes, but never below one record', async () => {
      const large = await client.createTopic();
      for (let index = 0; index < 5; index++) {
        await produceV2(client, `/topics/${large}`, valuesOf(`${index}`.padEnd(1_000, 'x')));
      }
      for (const maxBytes of [1, 1_500]) {
        const page = pageOf(await readPage(client, large, { maxBytes }));
        expect(page.records.length).toBeGreaterThanOrEqual(1);
        expect(page.records.length).toBeLessThan(5);
        expect(page.nextOffset).toBe(page.records.length);
        expect(page.highWatermark).toBe(5);
        const all = await readAll(client, large, { maxBytes });
        expect(all.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);
      }
    });

    it('answers no record at the end of the log, at once without a timeout', async () => {
      const page = pageOf(await readPage(client, topic, { offset: 5, timeout: 0 }));
      expect(page).toEqual({ records: [], highWatermark: 5, logStartOffset: 0, nextOffset: 5 });
    });

    it('answers no record for an empty partition', async () => {
      const page = pageOf(await readPage(client, await client.createTopic()));
      expect(page).toEqual({ records: [], highWatermark: 0, logStartOffset: 0, nextOffset: 0 });
    });

    it('waits at the end for as long as it is told', async () => {
      const from = performance.now();
      expect(await read(client, topic, { offset: 5, timeout: 600 })).toEqual([]);
      expect(performance.now() - from).toBeGreaterThan(550);
    });

    it('does not wait where there is a record', async () => {
      const from = performance.now();
      expect(await read(client, topic, { offset: 4, timeout: 25_000 })).toHaveLength(1);
      expect(performance.now() - from).toBeLessThan(10_000);
    });

    it('is woken by an append', async () => {
      const fresh = await client.createTopic();
      const waiting = readPage(client, fresh, { offset: 0, timeout: 20_000 });
      await sleep(300);
      await produceV2(client, `/topics/${fresh}`, valuesOf('awake'));
      const from = performance.now();
      expect(pageOf(await waiting).records.map(({ value }) => value)).toEqual(['awake']);
      expect(performance.now() - from).toBeLessThan(5_000);
    });

    it.each([6, 1_000, Number.MAX_SAFE_INTEGER])('answers 416 past the end: offset %i', async offset => {
      const answer = await readPage(client, topic, { offset, timeout: 1_000 });
      expectError(answer, { status: 416, code: 41601, message: /^OFFSET_OUT_OF_RANGE/ });
    });

    it.each(['offset', 'timeout', 'max_bytes'])('needs %s', async missing => {
      const query = new URLSearchParams({ offset: '0', timeout: '0', max_bytes: '1000' });
      query.delete(missing);
      expectError(await client.get(`${path}/records?${query}`), { status: 400, message: new RegExp(missing) });
    });

    it('names the record that is not JSON, so that a reader can step over it', async () => {
      const mixed = await client.createTopic();
      const values = ['1', 'not json', '{"a":2}', '', '4'];
      for (const value of values) await produceV3(client, mixed, { value: stringOf(value) });
      for (const offset of [1, 3]) {
        expectError(await readPage(client, mixed, { offset }), {
          status: 422,
          code: 42203,
          message: new RegExp(`value deserialization error for format json: ${mixed}-0 at offset ${offset}`),
        });
      }
      const before = pageOf(await readPage(client, mixed, { offset: 2 }));
      expect(before).toMatchObject({ records: [{ offset: 2, value: { a: 2 } }], nextOffset: 3, highWatermark: 5 });
      expect(await read(client, mixed, { offset: 4 })).toMatchObject([{ value: 4 }]);
      expect(await read(client, mixed, { accept: mediaType.binary })).toHaveLength(5);
    });

    it('names the key that is not JSON', async () => {
      const bare = await client.createTopic();
      await produceV3(client, bare, { key: stringOf('bare'), value: stringOf('1') });
      const message = new RegExp(`key deserialization error for format json: ${bare}-0 at offset 0`);
      expectError(await readPage(client, bare), { status: 422, code: 42203, message });
    });
  });
}
