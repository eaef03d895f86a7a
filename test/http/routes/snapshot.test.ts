import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { acceptJson, errorOf, jsonOf, sendBinary, sendJson, type TestApp, testApp } from '../support.ts';

async function appWith(records: readonly object[]): Promise<TestApp & { readonly path: string }> {
  const test = await testApp();
  await test.topic('t', 2, { 'cleanup.policy': 'compact', 'max.message.bytes': String(limits.bodyBytes) });
  await test.topic('plain');
  for (const record of records) {
    const response = await test.app.request('/topics/t/partitions/0', sendJson({ records: [record] }));
    expect(response.status).toBe(200);
  }
  return { ...test, path: `${test.v3}/topics/t/partitions/0/records:snapshot` };
}

const link = (url: string) => url.replace(/^https?:\/\/[^/]+/, '');
const tokenOf = (url: string) => new URL(url).searchParams.get('page_token') ?? '';
const token = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Every page, by the links. */
async function pagesOf({ app, path }: { app: TestApp['app']; path: string }, query = '') {
  const pages = [];
  for (let next: string | null = path + query; next; ) {
    const response: Response = await app.request(next, acceptJson);
    const text = await response.text();
    expect(response.status, text).toBe(200);
    expect(text.length).toBeLessThanOrEqual(limits.answerBytes);
    const page = JSON.parse(text);
    pages.push(page);
    next = page.metadata.next && link(page.metadata.next);
  }
  return pages;
}

describe('GET records:snapshot', () => {
  it('answers the newest record of every key, and where to follow', async () => {
    const test = await appWith([
      { key: 'a', value: 1, timestamp: 5 },
      { key: 'b', value: 1, timestamp: 6 },
      { key: 'a', value: 2, timestamp: 7 },
      { key: 'b', value: null, timestamp: 8 },
    ]);
    expect(await pagesOf(test)).toEqual([
      {
        kind: 'MillraceSnapshot',
        metadata: { self: expect.stringMatching(/\/records:snapshot$/), next: null },
        follow_offset: 4,
        high_watermark: 4,
        data: [{ offset: 2, timestamp: 7, key: 'a', value: 2, headers: [] }],
      },
    ]);
  });

  it('goes page by page, within the bytes of an answer', async () => {
    const keys = Array.from({ length: 9 }, (_, index) => index);
    const test = await appWith(keys.map(key => ({ key, value: 'x'.repeat(1_000_000) })));
    for (const query of ['?max_bytes=1', '', `?max_bytes=${limits.fetchBytes}`]) {
      const pages = await pagesOf(test, query);
      expect(pages.length).toBeGreaterThan(2);
      expect(pages.flatMap(({ data }) => data.map(({ key }: { key: number }) => key))).toEqual(keys);
      expect(new Set(pages.map(({ follow_offset }) => follow_offset))).toEqual(new Set([9]));
    }
  });

  it('says of a record why it cannot be written, and goes on behind it', async () => {
    const test = await appWith([{ key: 'a', value: 1 }]);
    const put = (key: string, value: string) =>
      test.app.request('/topics/t/partitions/0', sendBinary({ records: [{ key, value }] }));
    const value = Buffer.from('{').toString('base64');
    await put('YQ==', value);
    await test.app.request('/topics/t/partitions/0', sendJson({ records: [{ key: 'c', value: 3 }] }));
    expect((await jsonOf(test.app.request(test.path, acceptJson))).data).toMatchObject([
      { offset: 0, key: 'a', value: 1 },
      { offset: 1, error_code: 42203, message: expect.stringMatching(/json: t-0 at offset 1$/) },
      { offset: 2, key: 'c', value: 3 },
    ]);
    expect((await jsonOf(test.app.request(test.path))).data).toMatchObject([
      { offset: 0 },
      { offset: 1, value },
      { offset: 2 },
    ]);
  });

  it('goes on behind a record that is too large for an answer', async () => {
    const test = await appWith([
      { key: 'big', value: 'x'.repeat(3_600_000) },
      { key: 'small', value: 1 },
    ]);
    expect((await jsonOf(test.app.request(test.path))).data).toMatchObject([
      { offset: 0, error_code: 413, message: expect.stringMatching(/offset 0 takes .* bytes/) },
    ]);
    const pages = await pagesOf(test);
    expect(pages.flatMap(({ data }) => data.map(({ key }: { key: string }) => key))).toEqual(['big', 'small']);
    const keys: unknown[] = [];
    for (let next: string | null = test.path; next; ) {
      const { data, metadata } = await jsonOf(test.app.request(next));
      keys.push(...data.map(({ offset }: { offset: number }) => offset));
      next = metadata.next && link(metadata.next);
    }
    expect(keys).toEqual([0, 1]);
  });

  it('takes no token but its own', async () => {
    const { app, path, bugs } = await appWith([
      { key: 'a', value: 1 },
      { key: 'b', value: 1 },
    ]);
    const { metadata } = await jsonOf(app.request(`${path}?max_bytes=1`));
    const good = tokenOf(metadata.next);
    const [topicId] = JSON.parse(Buffer.from(good, 'base64url').toString());
    expect((await app.request(`${path}?page_token=${token([topicId, 0, 1, 2])}`)).status).toBe(200);
    for (const [bad, status] of [
      ['', 400],
      ['x', 400],
      [`${good}=`, 400],
      [`${good}A`, 400],
      [good.slice(1), 400],
      ['A'.repeat(10_000), 400],
      [token([topicId, 0, 1]), 400],
      [token([topicId, 0, 2, 1]), 400],
      [token([topicId, 0, -1, 2]), 400],
      [token([topicId, 0, 0.5, 2]), 400],
      [token([topicId, 0, 0, 2 ** 53]), 400],
      [token([topicId, 0, '0', 2]), 400],
      [token([null, 0, 0, 2]), 400],
      [token({ length: 4 }), 400],
      [token([topicId, 0, 0, 3]), 422],
      [token([topicId, 0, 0, limits.offset]), 422],
      [token([topicId, 1, 0, 0]), 422],
      [token(['another', 0, 0, 0]), 422],
    ] as const) {
      const error = await errorOf(app.request(`${path}?page_token=${bad}`));
      expect(error, bad).toMatchObject({ status, message: expect.stringContaining('page_token') });
    }
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.jsonValue().map(token)), async any => {
        const response = await app.request(`${path}?${new URLSearchParams({ page_token: any })}`);
        expect(response.status).toBeLessThan(500);
        expect(bugs).toEqual([]);
      }),
    );
  });

  it.each([
    ['plain/partitions/0/records:snapshot', 422, 422, /cleanup\.policy/],
    ['none/partitions/0/records:snapshot', 404, 40403, /none/],
    ['t/partitions/2/records:snapshot', 404, 40402, /partition/],
    ['t/partitions/0/records:snapshot?max_bytes=0', 400, 400, /max_bytes/],
    [`t/partitions/0/records:snapshot?max_bytes=${limits.fetchBytes + 1}`, 400, 400, /max_bytes/],
  ])('refuses %s', async (path, status, error_code, message) => {
    const { app, v3 } = await appWith([]);
    expect(await errorOf(app.request(`${v3}/topics/${path}`))).toMatchObject({
      status,
      error_code,
      message: expect.stringMatching(message),
    });
  });
});
