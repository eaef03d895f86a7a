/** Limits of one record and of one request, at and beyond each. */
import { beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../lib/protocol/limits.ts';
import { type Client, mediaType } from './client.ts';
import { acknowledged, base64, postV2, postV3, reportsOf, stringOf } from './support/produce.ts';
import { batchOf, postRaw } from './support/raw.ts';
import { read, storingNothing } from './support/read.ts';
import { expectRecordsRefused } from './support/refusals.ts';

const headersOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `h${index}`, value: base64('x') }));

const keyOf = (bytes: number) => [{ key: 'k'.repeat(bytes), value: null }];

const named = (limit: number) => new RegExp(`${limit}|${limit.toLocaleString('en')}`);

export function recordLimitCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic();
  });

  describe.each([
    ['headers of a record', limits.headersPerRecord, headersOf],
    ['bytes of the key of a header', limits.headerKeyBytes, keyOf],
  ] as const)('%s', (_what, limit, make) => {
    it(`may be ${limit}`, async () => {
      const headers = make(limit);
      const [at] = acknowledged(await postV2(client, `/topics/${topic}`, [{ value: 1, headers }]));
      expect((await read(client, topic, { ...at }))[0]?.headers).toEqual(headers);
      const v3 = headers.map(({ key, value }) => ({ name: key, value }));
      expect(reportsOf(await postV3(client, topic, [{ value: stringOf('v'), headers: v3 }]))[0]?.error_code).toBe(200);
    });

    it('may not be one more', async () => {
      const headers = make(limit + 1);
      const v2 = await storingNothing(client, topic, () => postV2(client, `/topics/${topic}`, [{ value: 1, headers }]));
      expectRecordsRefused(v2, named(limit));
      const v3 = headers.map(({ key, value }) => ({ name: key, value }));
      const reported = await storingNothing(client, topic, () =>
        postV3(client, topic, [{ value: stringOf('v'), headers: v3 }]),
      );
      expectRecordsRefused(reported, named(limit));
      const records = [
        { timestamp: 0, key: null, value: null, headers: headers.map(({ key }) => ({ key, value: null })) },
      ];
      const raw = await storingNothing(client, topic, () => postRaw(client, topic, batchOf([], { records })));
      expectRecordsRefused(raw, named(limit));
    });
  });

  describe('records of a request', () => {
    const limit = limits.recordsPerRequest;
    const bodyOf = (count: number) => `{"records":[${Array.from({ length: count }, () => '{}').join()}]}`;
    const post = (count: number) =>
      client.send('POST', `/topics/${topic}`, { body: bodyOf(count), type: mediaType.json });

    it(`may be ${limit}`, async () => {
      const stored = acknowledged(await post(limit));
      expect(new Set(stored.map(({ offset }) => offset)).size).toBe(limit);
    });

    it('may not be one more', async () => {
      expectRecordsRefused(await storingNothing(client, topic, () => post(limit + 1)), named(limit));
    });
  });
}
