/** The function that counts, given what a trigger gives it: batches that come again, in part or as a whole, and after a death. */
import type { SelfManagedKafkaRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { countViews } from '../../examples/website-activity/page-counter.ts';
import { checkCount, type StoredCount, tableOfCounts } from '../../examples/website-activity/page-counts.ts';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { FakeTiming } from '../client/fake-millrace.ts';
import { testApp } from '../http/support.ts';

const TOPIC = 'page-counts-7';

interface Click {
  readonly offset: number;
  readonly value: string | null;
}

const clickOn = (path: string, offset: number): Click => ({ offset, value: JSON.stringify({ path }) });

/** Clicks on these paths, from an offset on. */
const clicks = (from: number, ...paths: readonly string[]) => paths.map((path, index) => clickOn(path, from + index));

const recordsOf = (partition: number, batch: readonly Click[]): SelfManagedKafkaRecord[] =>
  batch.map(({ offset, value }) => ({
    topic: 'click-7',
    partition,
    offset,
    timestamp: 0,
    timestampType: 'CREATE_TIME',
    key: '',
    // the type knows no tombstones
    value: (value === null ? null : Buffer.from(value).toString('base64')) as string,
    headers: [],
  }));

async function setUp() {
  const { app, topic } = await testApp();
  await topic(TOPIC, 2, { 'cleanup.policy': 'compact' });
  let answer: (request: Request) => Promise<Response> = async request => app.request(request);
  const fetch: typeof globalThis.fetch = async (input, init) => answer(new Request(String(input), init));
  const client = new MillraceClient({ url: 'http://memory', fetch, timing: new FakeTiming() });
  const readAll = (partition: number): Promise<readonly StoredCount[]> =>
    client.read({ topic: TOPIC, partition, offset: 0 }).then(({ records }) => records.map(checkCount));
  return {
    client,
    count: (batch: readonly Click[], partition = 0) => countViews(client, recordsOf(partition, batch)),
    table: async () => tableOfCounts([await readAll(0), await readAll(1)]),
    readAll,
    /** Has its way with what is produced from now on. */
    onProduce(instead: (apply: () => Promise<Response>) => Promise<Response>) {
      answer = async request => {
        const apply = async () => app.request(request);
        return request.method === 'POST' && request.url.endsWith('/partitions/0') ? instead(apply) : apply();
      };
    },
  };
}

const viewsOf = async ({ table }: Awaited<ReturnType<typeof setUp>>) => Object.fromEntries((await table()).views);

describe('the function that counts views', () => {
  it('counts every view of a page, without its query, from batch to batch', async () => {
    const world = await setUp();
    await world.count(clicks(0, '/', '/about', '/?q=1'));
    await world.count(clicks(3, '/', '/jobs'));
    expect(await viewsOf(world)).toEqual({ '/': 3, '/about': 1, '/jobs': 1 });
    expect((await world.table()).batches).toEqual({ batches: 2, again: 0 });
  });

  it('counts a batch once that comes again, however often', async () => {
    const world = await setUp();
    for (let time = 0; time < 3; time++) await world.count(clicks(0, '/', '/about', '/'));
    expect(await viewsOf(world)).toEqual({ '/': 2, '/about': 1 });
    expect((await world.table()).batches).toEqual({ batches: 3, again: 2 });
  });

  it('counts of a batch that overlaps what is counted only what is new', async () => {
    const world = await setUp();
    await world.count(clicks(0, '/', '/about', '/'));
    await world.count(clicks(1, '/about', '/', '/', '/about'));
    expect(await viewsOf(world)).toEqual({ '/': 3, '/about': 2 });
    expect((await world.table()).batches).toEqual({ batches: 2, again: 0 });
  });

  it('counts once what comes again record by record', async () => {
    const world = await setUp();
    const batch = clicks(0, '/', '/about', '/', '/');
    await world.count(batch);
    for (const click of batch) await world.count([click]);
    expect(await viewsOf(world)).toEqual({ '/': 3, '/about': 1 });
  });

  it('counts each partition by its own offsets, and a page is the sum', async () => {
    const world = await setUp();
    await world.count(clicks(100, '/', '/'), 0);
    await world.count(clicks(0, '/', '/about'), 1);
    await world.count(clicks(0, '/', '/about'), 1);
    expect(await viewsOf(world)).toEqual({ '/': 3, '/about': 1 });
    expect((await world.readAll(1)).map(({ key }) => key)).toEqual(['/', '/about', 'batches', 'batches']);
  });

  it('counts more pages than one request may ask for', async () => {
    const world = await setUp();
    const paths = Array.from({ length: 250 }, (_, index) => `/${index}`);
    for (let time = 0; time < 2; time++) await world.count(clicks(0, ...paths));
    expect((await world.table()).views.size).toBe(250);
    expect((await world.table()).totalViews).toBe(250);
  });

  it('passes over what is no view', async () => {
    const world = await setUp();
    await world.count([{ offset: 0, value: null }, { offset: 1, value: '{"page":"/"}' }, clickOn('/', 2)]);
    expect(await viewsOf(world)).toEqual({ '/': 1 });
    await world.count([{ offset: 3, value: '7' }]);
    expect((await world.table()).batches).toEqual({ batches: 2, again: 0 });
  });

  it('fails where its counts are not stored, and counts them when the batch comes again', async () => {
    const world = await setUp();
    world.onProduce(async () => Response.json({ error_code: 500, message: 'no' }, { status: 500 }));
    await expect(world.count(clicks(0, '/', '/'))).rejects.toThrow('no');
    world.onProduce(apply => apply());
    await world.count(clicks(0, '/', '/'));
    expect(await viewsOf(world)).toEqual({ '/': 2 });
  });

  it('fails where it does not know whether they are stored, and counts none twice', async () => {
    const world = await setUp();
    world.onProduce(async apply => {
      await apply();
      throw new TypeError('fetch failed', { cause: new Error('socket hang up') });
    });
    await expect(world.count(clicks(0, '/', '/'))).rejects.toMatchObject({ outcome: 'unknown' });
    world.onProduce(apply => apply());
    await world.count(clicks(0, '/', '/'));
    expect(await viewsOf(world)).toEqual({ '/': 2 });
    expect((await world.table()).batches).toEqual({ batches: 2, again: 1 });
  });

  it('fails where the topic of counts holds something else', async () => {
    const world = await setUp();
    await world.client.produce({ topic: TOPIC, partition: 0, records: [{ key: '/', value: 'two' }] });
    await expect(world.count(clicks(0, '/'))).rejects.toThrow('the record at offset 0 is no count: ');
  });
});
