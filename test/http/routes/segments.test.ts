import { describe, expect, it } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { rollPartition } from '../../../lib/maintenance/roll-partition.ts';
import { limits } from '../../../lib/protocol/limits.ts';
import { FAR } from '../../support/far-deadline.ts';
import { errorOf, jsonOf, send, sendJson, type TestApp, testApp } from '../support.ts';

const path = ({ v3 }: TestApp, query = '') => `${v3}/topics/t/partitions/0/segments${query}`;

interface Listed {
  readonly metadata: { readonly self: string; readonly next: string | null };
  readonly data: { readonly base_offset: number; readonly last_offset: number; readonly url: string }[];
}

const list = (test: TestApp, query = ''): Promise<Listed> => jsonOf(test.app.request(path(test, query)));

const basesOf = ({ data }: Listed) => data.map(({ base_offset }) => base_offset);

async function produce({ app }: TestApp, ...values: readonly number[]): Promise<void> {
  const records = values.map(value => ({ value, timestamp: 1_000 + value }));
  await app.request('/topics/t/partitions/0', sendJson({ records }));
}

async function roll({ services, worker }: TestApp): Promise<void> {
  const { topicId } = await services.topics.resolve('t');
  await rollPartition(worker.maintenance, { topicId, partition: 0 }, { config: {}, deadline: FAR, isForced: true });
}

/** Segments of two records each, and one record above them. */
async function withSegments(segments: number): Promise<TestApp> {
  const test = await testApp();
  await test.topic('t');
  for (let next = 0; next < 2 * segments; next += 2) {
    await produce(test, next, next + 1);
    await roll(test);
  }
  await produce(test, 2 * segments);
  return test;
}

describe('the segments of a partition', () => {
  it('are listed in order, up to the rolled offset', async () => {
    const test = await withSegments(2);
    const { topicId } = await test.services.topics.resolve('t');
    const own = new RegExp(`^http://localhost/segments/${topicId}/0/\\d{20}-\\d{10}-[\\w-]{22}\\.log$`);
    const segment = { size_in_bytes: expect.any(Number), url: expect.stringMatching(own) };
    expect(await list(test)).toEqual({
      kind: 'MillraceSegmentList',
      metadata: { self: `http://localhost${path(test)}`, next: null },
      data: [
        { ...segment, base_offset: 0, last_offset: 1, max_timestamp: 1_001 },
        { ...segment, base_offset: 2, last_offset: 3, max_timestamp: 1_003 },
      ],
    });
  });

  it('have the size and the place of their objects', async () => {
    const test = await withSegments(2);
    const { data } = await jsonOf(test.app.request(path(test)));
    for (const { url, size_in_bytes } of data) {
      expect((await test.stores.objects.get(new URL(url).pathname.slice(1)))?.byteLength).toBe(size_in_bytes);
    }
  });

  it('are none where nothing was rolled', async () => {
    const test = await testApp();
    await test.topic('t');
    await produce(test, 0);
    expect(await list(test)).toMatchObject({ metadata: { next: null }, data: [] });
  });

  it('are listed as soon as they are published, whatever was believed', async () => {
    const test = await withSegments(1);
    expect(basesOf(await list(test))).toEqual([0]);
    await roll(test);
    expect(basesOf(await list(test))).toEqual([0, 2]);
  });

  it.each([
    [0, [0, 2, 4]],
    [1, [0, 2, 4]],
    [2, [2, 4]],
    [5, [4]],
    [6, []],
    [limits.offset, []],
  ])('begin with the one that holds offset %i', async (from, bases) => {
    const test = await withSegments(3);
    expect(basesOf(await list(test, `?from_offset=${from}`))).toEqual(bases);
  });

  it('begin with the first that has something to read, after records were deleted', async () => {
    const test = await withSegments(3);
    const body = { partitions: [{ partition_id: 0, offset: 3 }] };
    await test.app.request(`${test.v3}/topics/t/records:delete`, send(body));
    expect(basesOf(await list(test))).toEqual([2, 4]);
    expect(basesOf(await list(test, '?from_offset=1'))).toEqual([2, 4]);
  });

  it('come page by page, each naming the next', async () => {
    const test = await withSegments(5);
    const pages: number[][] = [];
    for (let next: string | null = path(test, '?page_size=2'); next; ) {
      const page: Listed = await jsonOf(test.app.request(next));
      pages.push(basesOf(page));
      next = page.metadata.next;
    }
    expect(pages).toEqual([[0, 2], [4, 6], [8]]);
    expect((await list(test, '?page_size=5')).metadata.next).toBeNull();
  });

  it('come by the links of their store where it has some', async () => {
    const test = await withSegments(1);
    const objectLinks = { urlOf: async (key: string) => `https://bucket/${key}?signed` };
    const app = createApp({ ...test.services, objectLinks });
    const { data } = await jsonOf(app.request(path(test)));
    expect(data).toMatchObject([{ url: expect.stringMatching(/^https:\/\/bucket\/segments\/.*\.log\?signed$/) }]);
  });

  it.each([
    ['page_size=0', 400],
    ['page_size=1', 200],
    [`page_size=${limits.segmentsPerPage - 1}`, 200],
    [`page_size=${limits.segmentsPerPage}`, 200],
    [`page_size=${limits.segmentsPerPage + 1}`, 400],
    ['page_size=', 400],
    ['page_size=1.0', 400],
    [`from_offset=${limits.offset}`, 200],
    [`from_offset=${limits.offset + 1}`, 400],
    ['from_offset=-1', 400],
    ['from_offset=1&from_offset=1', 400],
  ])('with %s is %i', async (query, status) => {
    const test = await withSegments(1);
    expect((await test.app.request(path(test, `?${query}`))).status).toBe(status);
  });

  it('are those of a topic and a partition that are there', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const topics = `${v3}/topics`;
    expect(await errorOf(app.request(`${topics}/t/partitions/1/segments`))).toMatchObject({ error_code: 40402 });
    expect(await errorOf(app.request(`${topics}/u/partitions/0/segments`))).toMatchObject({ error_code: 40403 });
  });
});
