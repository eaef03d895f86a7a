/** Against the real app, over the memory adapters: what is produced by the client is found by it. */
import { describe, expect, it } from 'vitest';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { sendBinary, testApp } from '../http/support.ts';
import { FakeTiming } from './fake-millrace.ts';

async function setUp(refused = 0) {
  const { app, topic } = await testApp();
  await topic('t', 3, { 'cleanup.policy': 'compact' });
  const asked: string[] = [];
  let refusals = refused;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input);
    if (init?.method === 'GET') asked.push(url);
    if (/latest|snapshot/.test(url) && refusals-- > 0) {
      const body = { error_code: 50302, message: 'COORDINATOR_NOT_AVAILABLE: time is up' };
      return Response.json(body, { status: 503, headers: { 'retry-after': '1' } });
    }
    return app.request(url.replace('http://fake', ''), init);
  };
  const timing = new FakeTiming();
  const client = new MillraceClient({ url: 'http://fake', fetch, timing });
  const put = (key: unknown, value: unknown, partition = 0) =>
    client.produce({ topic: 't', partition, records: [{ key, value }] });
  const produceBytes = (value: string) =>
    app.request(
      '/topics/t/partitions/0',
      sendBinary({
        records: [{ key: Buffer.from('1').toString('base64'), value: Buffer.from(value).toString('base64') }],
      }),
    );
  return { client, put, produceBytes, asked, timing };
}

const awkward = [
  'ä€😀',
  '\ud800',
  '\ufffd',
  '\u0000"\\\b',
  '',
  0,
  -1.5,
  1e300,
  false,
  [],
  { a: [null], b: 'c' },
  'a&b=c+d%',
];

describe('latest', () => {
  it('finds every key that was produced, whatever it is', async () => {
    const { client, put } = await setUp();
    for (const [index, key] of awkward.entries()) await put(key, index);
    const found = await client.latest({ topic: 't', keys: awkward, partition: 0 });
    expect(found.map(record => record?.value)).toEqual(awkward.map((_, index) => index));
    expect(found.map(record => record?.key)).toEqual(awkward);
  });

  it('has tombstones, and nothing of keys that were never produced', async () => {
    const { client, put } = await setUp();
    await put('a', 1);
    await put('a', null);
    const found = await client.latest({ topic: 't', keys: ['a', 'b'], partition: 0 });
    expect(found).toMatchObject([{ offset: 1, value: null }, undefined]);
    expect(await client.latest({ topic: 't', keys: [] })).toEqual([]);
  });

  it('asks for many keys in requests that are not too large', async () => {
    const { client, asked } = await setUp();
    const keys = Array.from({ length: 2 * limits.keysPerLookup + 1 }, (_, index) => index);
    expect(await client.latest({ topic: 't', keys })).toHaveLength(keys.length);
    expect(asked.filter(url => url.includes('latest'))).toHaveLength(3);
    asked.length = 0;
    await client.latest({ topic: 't', keys: keys.slice(0, 20).map(key => `${key}`.padEnd(1_000, 'x')) });
    expect(asked.length).toBeGreaterThan(5);
    for (const url of asked) expect(url.length).toBeLessThan(6_000);
  });

  it('has no key null', async () => {
    const { client } = await setUp();
    await expect(client.latest({ topic: 't', keys: [null] })).rejects.toThrow(TypeError);
    await expect(client.latest({ topic: 't', keys: [undefined] })).rejects.toThrow(TypeError);
  });

  it('tries again while the log is still read', async () => {
    const { client, put, timing } = await setUp(2);
    await put('a', 1);
    expect(await client.latest({ topic: 't', keys: ['a'], partition: 0 })).toMatchObject([{ value: 1 }]);
    expect(timing.sleptMs).toEqual([1_000, 1_000]);
  });
});

describe('snapshot', () => {
  it('gives all pages, and the offset from which to follow', async () => {
    const { client, put, asked } = await setUp(1);
    for (const key of ['a', 'b', 'c', 'a']) await put(key, 'x'.repeat(100));
    await put('b', null);
    const pages = [];
    for await (const page of client.snapshot({ topic: 't', partition: 0, maxBytes: 100 })) pages.push(page);
    expect(pages.flatMap(({ records }) => records.map(({ offset, key }) => [offset, key]))).toEqual([
      [2, 'c'],
      [3, 'a'],
    ]);
    expect(pages.every(({ followOffset }) => followOffset === 5)).toBe(true);
    expect(asked.length).toBeGreaterThan(3);
  });

  it('tells of a record that is not JSON, and goes on; to ask for it fails', async () => {
    const { client, produceBytes, put } = await setUp(1);
    await produceBytes('{');
    await put('a', 1);
    const pages = [];
    for await (const page of client.snapshot({ topic: 't', partition: 0 })) pages.push(page);
    expect(pages).toMatchObject([
      { records: [{ offset: 1 }], unreadable: [{ offset: 0, error: expect.stringMatching(/offset 0/) }] },
    ]);
    const keys = [1];
    await expect(client.latest({ topic: 't', keys, partition: 0 })).rejects.toMatchObject({ name: 'RequestError' });
  });

  it('of an empty partition is one page', async () => {
    const { client } = await setUp();
    const pages = [];
    for await (const page of client.snapshot({ topic: 't', partition: 1 })) pages.push(page);
    expect(pages).toEqual([{ records: [], unreadable: [], followOffset: 0, highWatermark: 0 }]);
  });
});
