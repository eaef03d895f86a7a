/** A body is at most 4 MiB, after gzip; white space counts. */
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { acknowledged, base64, recordsPath, reportsOf, stringOf } from './support/produce.ts';
import { pageOf, readPage, readTexts, storingNothing } from './support/read.ts';
import { expectError } from './support/refusals.ts';

const limit = 4 * 1024 * 1024;

const gzip = { 'content-encoding': 'gzip' };

/** The text, and white space up to the size. */
const padded = (text: string, size: number) => Buffer.from(text.padEnd(size));

export function bodyLimitCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic();
  });

  const v2Body = JSON.stringify({ records: [{ value: base64('v') }] });
  const v3Body = JSON.stringify({ value: stringOf('v') });

  const postV2 = (body: Uint8Array, headers = {}) =>
    client.send('POST', `/topics/${topic}`, { body, type: mediaType.binary, headers });

  const tooLarge = { status: 413, code: 413, message: /4194304|4,194,304|4 MiB/ };

  describe('a body', () => {
    it('may be 4 MiB', async () => {
      acknowledged(await postV2(padded(v2Body, limit)));
      const answer = await client.send('POST', recordsPath(topic), {
        body: padded(v3Body, limit),
        type: 'application/json',
      });
      expect(reportsOf(answer).map(({ error_code }) => error_code)).toEqual([200]);
    });

    it('may not be a byte more', async () => {
      expectError(await storingNothing(client, topic, () => postV2(padded(v2Body, limit + 1))), tooLarge);
      const options = { body: padded(v3Body, limit + 1), type: 'application/json' };
      const v3 = await storingNothing(client, topic, () => client.send('POST', recordsPath(topic), options));
      expectError(v3, tooLarge);
    });

    it.each([
      ['POST', '…/topics', '{}'],
      ['POST', '…/records:fetch', '{"topics":[]}'],
    ])('may not be a byte more: %s %s', async (method, path, text) => {
      const body = gzipSync(padded(text, limit + 1));
      expectError(await client.send(method, path, { body, type: 'application/json', headers: gzip }), tooLarge);
    });

    it('is read to its end, and stored', async () => {
      const fresh = await client.createTopic();
      const values = ['a', 'b', 'c'].map(letter => letter.repeat(1_000_000));
      const json = { records: values.map(value => ({ value })) };
      acknowledged(await client.send('POST', `/topics/${fresh}`, { json, type: mediaType.json }));
      for (const [offset, value] of values.entries()) {
        const [text] = await readTexts(client, fresh, { offset, maxBytes: 1 });
        expect(text === JSON.stringify(value), `the value at ${offset} is as it was`).toBe(true);
      }
    });
  });

  describe('an answer', () => {
    it('is at most 4 MiB, cut between records, and goes on from there', async () => {
      const fresh = await client.createTopic();
      const values = Array.from({ length: 6 }, (_, index) => `${index}`.padEnd(1_000_000, 'x'));
      for (const half of [values.slice(0, 3), values.slice(3)]) {
        const json = { records: half.map(value => ({ value })) };
        acknowledged(await client.send('POST', `/topics/${fresh}`, { json, type: mediaType.json }));
      }
      for (const accept of [mediaType.json, mediaType.binary]) {
        const offsets: number[] = [];
        for (let offset = 0; offset < values.length; ) {
          const answer = await readPage(client, fresh, { offset, maxBytes: 64 * 1024 * 1024, accept });
          expect(answer.bytes.length).toBeLessThanOrEqual(limit);
          const page = pageOf(answer);
          expect(page.nextOffset).toBeGreaterThan(offset);
          offsets.push(...page.records.map(record => record.offset));
          offset = page.nextOffset;
        }
        expect(offsets).toEqual([0, 1, 2, 3, 4, 5]);
      }
    });
  });

  describe('a gzipped body', () => {
    it('is read as what it was', async () => {
      const fresh = await client.createTopic();
      const v2 = JSON.stringify({ records: [{ value: 'zipped' }] });
      const options = { body: gzipSync(v2), type: mediaType.json, headers: gzip };
      acknowledged(await client.send('POST', `/topics/${fresh}`, options));
      const v3 = { body: gzipSync(v3Body), type: 'application/json', headers: gzip };
      reportsOf(await client.send('POST', recordsPath(fresh), v3));
      expect(await readTexts(client, fresh)).toEqual(['"zipped"', 'v']);
    });

    it('may be 4 MiB once unzipped, and not a byte more', async () => {
      acknowledged(await postV2(gzipSync(padded(v2Body, limit)), gzip));
      const beyond = gzipSync(padded(v2Body, limit + 1));
      expectError(await storingNothing(client, topic, () => postV2(beyond, gzip)), tooLarge);
    });

    it('may not be a bomb', async () => {
      const bomb = gzipSync(padded(v2Body, 64 * 1024 * 1024));
      const from = performance.now();
      expectError(await storingNothing(client, topic, () => postV2(bomb, gzip)), tooLarge);
      expect(performance.now() - from).toBeLessThan(10_000);
    });

    it.each([
      ['text', Buffer.from(v2Body)],
      ['nothing', Buffer.alloc(0)],
      ['cut short', gzipSync(v2Body).subarray(0, -5)],
      ['with a wrong checksum', Buffer.concat([gzipSync(v2Body).subarray(0, -8), Buffer.alloc(8)])],
    ])('may not be %s', async (_what, body) => {
      expectError(await storingNothing(client, topic, () => postV2(body, gzip)), { status: [400, 422] });
    });
  });
}
