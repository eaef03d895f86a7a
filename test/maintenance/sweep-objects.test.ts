import { describe, expect, it } from 'vitest';
import { logKeyOf } from '../../lib/log/catalogue.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { claimObject } from '../../lib/log/object-claim.ts';
import { readPartitionState } from '../../lib/log/partition-state.ts';
import { mergeSegments } from '../../lib/maintenance/merge-segments.ts';
import { sweepObjects } from '../../lib/maintenance/sweep-objects.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';
import { appendEach, at, DAY, HOUR, readAll, rollAll, texts } from '../support/rolled-log.ts';

const worker = (stores: TestStores): TestWorker =>
  stores.worker({ settings: { inlineBytes: 200 }, maintenance: { mergeFanIn: 2 } });

const sweep = (stores: TestStores) => sweepObjects(worker(stores).maintenance, at, FAR);

async function sweepAfter(stores: TestStores, ms: number) {
  await stores.clock.advance(ms);
  return sweep(stores);
}

async function keysOf(stores: TestStores, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of stores.objects.list(prefix)) keys.push(key);
  return keys;
}

const orphan = `batches/${logKeyOf(at)}/${'o'.repeat(22)}`;

describe('a sweep', () => {
  it('takes what was replaced once two sweeps have found it so, and no reader notices', async () => {
    const stores = memoryStores();
    await appendEach(worker(stores), texts(0, 9));
    await rollAll(worker(stores), 150);
    const before = await keysOf(stores, 'segments/');
    await sweepAfter(stores, DAY);
    await mergeSegments(worker(stores).maintenance, at, { config: {}, deadline: FAR });
    // replaced since the last sweep: somebody may read it yet
    await sweepAfter(stores, DAY);
    expect(await keysOf(stores, 'segments/')).toEqual(expect.arrayContaining(before));
    await sweepAfter(stores, DAY);
    expect(await keysOf(stores, 'segments/')).toHaveLength(1);
    expect(await keysOf(stores, 'manifests/')).toHaveLength(1);
    expect(await readAll(stores)).toEqual(texts(0, 9));
  });

  it('leaves what was made and replaced since the last one to the next', async () => {
    const stores = memoryStores();
    await sweepAfter(stores, DAY);
    await appendEach(worker(stores), texts(0, 9));
    await rollAll(worker(stores), 150);
    await sweepAfter(stores, DAY);
    const before = await keysOf(stores, '');
    await appendEach(worker(stores), texts(10, 19));
    await rollAll(worker(stores), 150);
    await mergeSegments(worker(stores).maintenance, at, { config: {}, deadline: FAR });
    const made = (await keysOf(stores, '')).filter(key => !before.includes(key));
    await sweepAfter(stores, DAY);
    expect(await keysOf(stores, '')).toEqual(expect.arrayContaining(made));
    await sweepAfter(stores, DAY);
    expect(await keysOf(stores, '')).not.toEqual(expect.arrayContaining(made));
    expect(await readAll(stores)).toEqual(texts(0, 19));
  });

  it('is due again after a while only', async () => {
    const stores = memoryStores();
    expect(await sweep(stores)).toEqual({ deleted: 0, sizeInBytes: 0, hasMore: false });
    expect(await sweepAfter(stores, 22 * HOUR)).toBeUndefined();
    expect(await sweepAfter(stores, HOUR)).toBeDefined();
  });

  it('keeps what a publisher has just put, and what one that was frozen for days puts after it cannot be published', async () => {
    const stores = memoryStores();
    await appendEach(worker(stores), texts(0, 4));
    const frozen = worker(stores);
    frozen.faults.next('put', async (_call, apply) => {
      await apply();
      for (let day = 0; day < 3; day++) await sweepAfter(stores, DAY);
      // made at a fence that a sweep has ended, and referred to by nothing
      expect(await keysOf(stores, 'segments/')).toEqual([]);
      return undefined as never;
    });
    expect(await rollAll(frozen)).toMatchObject({ segments: 0 });
    expect(await readPartitionState(stores.cluster, at)).toMatchObject({ rolledOffset: 0 });
    expect(await rollAll(worker(stores))).toMatchObject({ segments: 1 });
    expect(await readAll(stores)).toEqual(texts(0, 4));
  });

  it('takes a big batch that no entry was made for, with a claim, and keeps one that a reader has claimed', async () => {
    const stores = memoryStores();
    const kept = `${orphan.slice(0, -1)}k`;
    for (const key of [orphan, kept]) await stores.objects.put(key, new Uint8Array(9));
    await claimObject(worker(stores).services, kept, 'kept');
    await sweepAfter(stores, 2 * HOUR);
    expect(await keysOf(stores, 'batches/')).toHaveLength(2);
    expect(await sweepAfter(stores, DAY)).toEqual({ deleted: 1, sizeInBytes: 9, hasMore: false });
    expect(await keysOf(stores, 'batches/')).toEqual([kept]);
    expect(await claimObject(worker(stores).services, orphan, 'kept')).toBe('swept');
  });

  it('keeps the big batches of the hot end, however old', async () => {
    const stores = memoryStores();
    const big = 'b'.repeat(300);
    await appendEach(worker(stores), [big]);
    for (let day = 0; day < 3; day++) await sweepAfter(stores, DAY);
    expect(await readAll(stores)).toEqual([big]);
  });

  it('takes the big batches that were folded into a segment, without a claim on each', async () => {
    const stores = memoryStores();
    await appendEach(worker(stores), ['b'.repeat(300), 'c'.repeat(300)]);
    await rollAll(worker(stores));
    await sweepAfter(stores, DAY);
    const { maintenance, calls } = worker(stores);
    await stores.clock.advance(DAY);
    expect(await sweepObjects(maintenance, at, FAR)).toMatchObject({ deleted: 3 });
    expect(calls.filter(({ operation }) => operation === 'create')).toEqual([]);
    expect(await keysOf(stores, 'batches/')).toEqual([]);
    expect(await readAll(stores)).toEqual(['b'.repeat(300), 'c'.repeat(300)]);
  });

  it('leaves the list of a roll that was not published while its batches are hot', async () => {
    const stores = memoryStores();
    const big = 'b'.repeat(300);
    await appendEach(worker(stores), [big]);
    const list = `manifests/${logKeyOf(at)}/0000000000-${'l'.repeat(22)}.folded`;
    const [key = ''] = await keysOf(stores, 'batches/');
    await stores.objects.put(list, new TextEncoder().encode(`${key} 1`));
    for (let day = 0; day < 3; day++) await sweepAfter(stores, DAY);
    expect(await keysOf(stores, 'manifests/')).toEqual([list]);
    await rollAll(worker(stores));
    for (let day = 0; day < 3; day++) await sweepAfter(stores, DAY);
    expect(await keysOf(stores, 'batches/')).toEqual([]);
    expect(await readAll(stores)).toEqual([big]);
  });

  it('that is out of time says so, leaves no mark, and is finished by the next', async () => {
    const stores = memoryStores();
    await appendEach(worker(stores), texts(0, 9));
    await rollAll(worker(stores), 150);
    await mergeSegments(worker(stores).maintenance, at, { config: {}, deadline: FAR });
    for (let day = 0; day < 2; day++) await sweepAfter(stores, DAY);
    await appendEach(worker(stores), ['more']);
    await rollAll(worker(stores));
    await sweepAfter(stores, DAY);
    await stores.clock.advance(DAY);
    const { maintenance } = worker(stores);
    expect(await sweepObjects(maintenance, at, deadlineIn(stores.clock, 0))).toMatchObject({
      deleted: 0,
      hasMore: true,
    });
    expect(await sweep(stores)).toMatchObject({ deleted: 1, hasMore: false });
  });
});

describe('a reader that has an old manifest', () => {
  it('goes on when its segments are gone', async () => {
    const stores = memoryStores();
    const reader = worker(stores);
    await appendEach(reader, texts(0, 9));
    await rollAll(reader, 150);
    const read = (offset: number) => reader.services.logs.of(at).reader.read({ offset, maxBytes: 1 });
    await read(0);
    const { state } = await mergedAndSwept(stores);
    expect(state.rolledOffset).toBe(10);
    expect(await read(3)).toMatchObject({ nextOffset: 4, highWatermark: 10 });
  });
});

/** Everything that the reader knows is replaced and gone, and its clock stands still meanwhile. */
async function mergedAndSwept(stores: TestStores) {
  await mergeSegments(worker(stores).maintenance, at, { config: {}, deadline: FAR });
  const state = await readPartitionState(stores.cluster, at);
  const { manifests } = worker(stores).maintenance;
  const needed = (await manifests.segmentsOf(await manifests.read(state.manifestKey))).map(
    segment => segment.objectKey,
  );
  const replaced = (await keysOf(stores, '')).filter(key => key !== state.manifestKey && !needed.includes(key));
  await stores.objects.delete(replaced);
  return { state };
}
