import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { acceptJson, errorOf, jsonOf, sendBinary, sendJson, type TestApp, testApp } from '../support.ts';

const COMPACTED = { 'cleanup.policy': 'compact', 'max.message.bytes': String(limits.bodyBytes) };

async function appWith(records: readonly object[], partitions = 1): Promise<TestApp> {
  const test = await testApp();
  await test.topic('t', partitions, COMPACTED);
  await test.topic('plain', 1);
  for (const record of records) {
    const response = await test.app.request('/topics/t', sendJson({ records: [record] }));
    expect(response.status).toBe(200);
  }
  return test;
}

const link = (url: string) => url.replace(/^https?:\/\/[^/]+/, '');
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('GET latest', () => {
  it('answers the newest record of each key, in their order', async () => {
    const { app, v3 } = await appWith(
      [
        { key: 'ann', value: 1, timestamp: 7 },
        { key: 'ben', value: 1, timestamp: 8 },
        { key: 'ann', value: { a: 2 }, timestamp: 9 },
        { key: 'ben', value: null, timestamp: 10 },
      ],
      1,
    );
    const path = `${v3}/topics/t/latest?key=%22ben%22&key=%22ann%22&key=nobody`;
    const ann = { offset: 2, timestamp: 9, headers: [] };
    const ben = { offset: 3, timestamp: 10, headers: [] };
    expect(await jsonOf(app.request(path, acceptJson))).toEqual({
      kind: 'MillraceLatestRecordList',
      metadata: { self: expect.stringContaining('/latest?key=%22ben%22&key=%22ann%22&key=nobody'), next: null },
      data: [
        { partition: 0, key: '"ben"', record: { ...ben, key: 'ben', value: null } },
        { partition: 0, key: '"ann"', record: { ...ann, key: 'ann', value: { a: 2 } } },
        { partition: 0, key: 'nobody', record: null },
      ],
    });
    const { data } = await jsonOf(app.request(path));
    expect(data[1].record).toEqual({ ...ann, key: base64('"ann"'), value: base64('{"a":2}') });
  });

  it('takes keys as base64', async () => {
    const { app, v3 } = await appWith([]);
    const key = Buffer.from([0xff, 0x00, 0xfb]).toString('base64');
    await app.request('/topics/t', sendBinary({ records: [{ key, value: 'YQ==' }] }));
    const asked = `${v3}/topics/t/latest?key_format=base64&key=`;
    const { data } = await jsonOf(app.request(asked + encodeURIComponent(key)));
    expect(data).toEqual([{ partition: 0, key, record: expect.objectContaining({ key, value: 'YQ==' }) }]);
    expect(await errorOf(app.request(`${asked}YQ`))).toMatchObject({
      status: 400,
      message: expect.stringMatching(/%2B/),
    });
  });

  it('finds a key in the partition that it was produced to', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    const { app, v3 } = await appWith(
      keys.map(key => ({ key, value: key })),
      7,
    );
    const query = new URLSearchParams(keys.map((key): [string, string] => ['key', `"${key}"`]));
    const { data } = await jsonOf(app.request(`${v3}/topics/t/latest?${query}`, acceptJson));
    expect(data.map(({ record }: { record: { value: string } }) => record.value)).toEqual(keys);
    const [{ partition }] = data;
    const elsewhere = `${v3}/topics/t/latest?key=%22k0%22&partition=${(partition + 1) % 7}`;
    expect((await jsonOf(app.request(elsewhere))).data[0].record).toBeNull();
  });

  it('links to the keys that it had no room for', async () => {
    const value = 'x'.repeat(1_000_000);
    const keys = Array.from({ length: 10 }, (_, index) => index);
    const { app, v3 } = await appWith(keys.map(key => ({ key, value })));
    const seen: string[] = [];
    let path: string | null = `${v3}/topics/t/latest?${keys.map(key => `key=${key}`).join('&')}&partition=0`;
    while (path) {
      const response: Response = await app.request(path, acceptJson);
      const text = await response.text();
      expect(text.length).toBeLessThanOrEqual(limits.answerBytes);
      const { metadata, data } = JSON.parse(text);
      seen.push(...data.map(({ key, record }: { key: string; record: { key: number } }) => `${key}:${record.key}`));
      path = metadata.next && link(metadata.next);
    }
    expect(seen).toEqual(keys.map(key => `${key}:${key}`));
  });

  it('says of one record that it cannot be written, and answers the others', async () => {
    const { app, v3 } = await appWith([{ key: 'ann', value: 1 }]);
    await app.request('/topics/t', sendBinary({ records: [{ key: base64('x'), value: base64('{') }] }));
    const { data } = await jsonOf(app.request(`${v3}/topics/t/latest?key=x&key=%22ann%22`, acceptJson));
    expect(data[0]).toMatchObject({
      key: 'x',
      record: null,
      error_code: 42203,
      message: expect.stringMatching(/offset 1/),
    });
    expect(data[1].record.value).toBe(1);
  });

  it.each([
    [limits.keysPerLookup - 1, 200],
    [limits.keysPerLookup, 200],
    [limits.keysPerLookup + 1, 400],
    [0, 400],
  ])('of %d keys is %d', async (count, status) => {
    const { app, v3 } = await appWith([]);
    const query = Array.from({ length: count }, (_, index) => `key=${index}`).join('&');
    expect((await app.request(`${v3}/topics/t/latest?${query}`)).status).toBe(status);
  });

  it.each([
    ['plain/latest?key=a', 422, 422, /cleanup\.policy/],
    ['none/latest?key=a', 404, 40403, /none/],
    ['t/latest?key=a&partition=1', 404, 40402, /partition/],
    ['t/latest?key=a&partition=1000', 400, 400, /partition/],
    ['t/latest?key=a&partition=-1', 400, 400, /partition/],
    ['t/latest?key=a&partition=0&partition=0', 400, 400, /more than once/],
    ['t/latest?key=a&key_format=hex', 400, 400, /key_format/],
    ['t/latest?key=%FF', 400, 400, /UTF-8/],
    ['t/latest', 400, 400, /1 key or more/],
  ])('refuses %s', async (path, status, error_code, message) => {
    const { app, v3 } = await appWith([]);
    expect(await errorOf(app.request(`${v3}/topics/${path}`))).toMatchObject({
      status,
      error_code,
      message: expect.stringMatching(message),
    });
  });

  it('answers any keys without a bug', async () => {
    const { app, v3, bugs } = await appWith([{ key: 'a', value: 1 }], 3);
    const key = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.constantFrom('', '"a"', '+', '%', '\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 5 }), fc.boolean(), async (keys, isText) => {
        const query = new URLSearchParams(keys.map((each): [string, string] => ['key', each]));
        if (!isText) query.set('key_format', 'base64');
        const response = await app.request(`${v3}/topics/t/latest?${query}`);
        expect(response.status).toBeLessThan(500);
        expect(bugs).toEqual([]);
      }),
    );
  });
});
