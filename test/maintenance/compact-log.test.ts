import { describe, expect, it } from 'vitest';
import { partitionStateFromItem, partitionStateKey } from '../../lib/log/catalogue.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { LogSegment } from '../../lib/log/segment.ts';
import { type CompactResult, compactLog } from '../../lib/maintenance/compact-log.ts';
import type { CompactionProgress } from '../../lib/maintenance/compaction-pass.ts';
import { mergeSegments } from '../../lib/maintenance/merge-segments.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import type { MaintenanceSettings } from '../../lib/maintenance/services.ts';
import { sweepObjects } from '../../lib/maintenance/sweep-objects.ts';
import type { TopicConfigOverrides } from '../../lib/protocol/topic-config.ts';
import { emptyBatch } from '../../lib/record/empty-batch.ts';
import { FAR } from '../support/far-deadline.ts';
import { appendKeyed, type KeyedRecord, readKeyed } from '../support/keyed-log.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';
import { at, DAY, HOUR, rollAll } from '../support/rolled-log.ts';

const compacted = { 'cleanup.policy': 'compact', 'segment.bytes': '100' };

const put = (key: string | null, value: string | null): KeyedRecord => ({ key, value });

interface Options {
  readonly config?: TopicConfigOverrides;
  readonly maintenance?: Partial<MaintenanceSettings>;
  readonly worker?: TestWorker;
}

function compact(stores: TestStores, { config = {}, maintenance = {}, worker }: Options = {}): Promise<CompactResult> {
  const all = { ...compacted, ...config };
  const services = (worker ?? stores.worker({ maintenance: { keepsLead: true, ...maintenance } })).maintenance;
  return compactLog(services, at, { config: all, readConfig: async () => all, deadline: FAR });
}

/** A segment of each of the batches. */
async function logOf(stores: TestStores, ...batches: (readonly KeyedRecord[])[]): Promise<void> {
  for (const batch of batches) {
    const worker = stores.worker();
    await appendKeyed(worker, batch);
    await rollAll(worker);
    await stores.clock.advance(2 * 60_000);
  }
}

/** `offset:key=value` of every record that a new reader sees. */
async function shown(stores: TestStores): Promise<string[]> {
  const { records } = await readKeyed(stores.worker().services.logs.of(at).reader);
  return records.map(({ offset, key, value }) => `${offset}:${key}=${value}`);
}

async function segmentsOf(stores: TestStores): Promise<readonly LogSegment[]> {
  const { cluster, manifests } = stores.worker().maintenance;
  const item = await cluster.get(partitionStateKey(at));
  return manifests.segmentsOf(await manifests.read(item && partitionStateFromItem(item).manifestKey));
}

const later = (stores: TestStores) => stores.clock.advance(2 * 60_000);

describe('compaction', () => {
  it('keeps the last record of every key, where it stands', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1'), put('b', '1')], [put('a', '2'), put('c', '1')], [put('c', '2'), put('a', '3')]);
    expect(await compact(stores)).toMatchObject({ segments: 3, removed: 3, tombstones: 0, hasMore: false });
    expect(await shown(stores)).toEqual(['1:b=1', '4:c=2', '5:a=3']);
  });

  it('touches no entry, and nothing of it moves the end of the log', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1')], [put('a', '2')]);
    await appendKeyed(stores.worker(), [put('a', '3')]);
    await compact(stores);
    expect(await shown(stores)).toEqual(['1:a=2', '2:a=3']);
    const { reader } = stores.worker().services.logs.of(at);
    expect(await reader.bounds()).toMatchObject({ logStartOffset: 0, highWatermark: 3 });
  });

  it('leaves a record without a key: nothing supersedes it', async () => {
    const stores = memoryStores();
    await logOf(stores, [put(null, 'x'), put('a', '1'), put(null, null)], [put('a', '2')]);
    await compact(stores);
    expect(await shown(stores)).toEqual(['0:null=x', '2:null=null', '3:a=2']);
  });

  it('takes as many passes as the keys need', async () => {
    const stores = memoryStores();
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const all = keys.map(key => put(key, 'v'));
    await logOf(stores, all, all, all);
    const done = await compact(stores, {
      maintenance: { cleanedKeys: 3 },
      config: { 'min.cleanable.dirty.ratio': '0' },
    });
    expect(done).toMatchObject({ removed: 14, hasMore: false });
    expect(await shown(stores)).toEqual(keys.map((key, index) => `${14 + index}:${key}=v`));
  });

  it('does not begin where the log is not dirty enough, another leads, or the topic is not compacted', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1')], [put('a', '2')]);
    expect(await compact(stores, { config: { 'min.cleanable.dirty.ratio': '1' } })).toMatchObject({ segments: 0 });
    expect(await compact(stores, { config: { 'cleanup.policy': 'delete' } })).toMatchObject({ segments: 0 });
    await rollPartition(stores.worker().maintenance, at, { config: {}, deadline: FAR, isForced: true });
    await appendKeyed(stores.worker(), [put('b', '1')]);
    await rollAll(stores.worker());
    expect(await compact(stores)).toMatchObject({ segments: 0, dirtyRatio: 1, hasMore: false });
    await later(stores);
    expect(await compact(stores)).toMatchObject({ segments: 3 });
  });

  it('goes by the config that holds when it begins', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1')], [put('a', '2')]);
    const readConfig = async () => ({ ...compacted, 'min.compaction.lag.ms': String(HOUR) });
    const { maintenance } = stores.worker();
    expect(await compactLog(maintenance, at, { config: compacted, readConfig, deadline: FAR })).toMatchObject({
      segments: 0,
      hasMore: false,
    });
    expect(await shown(stores)).toHaveLength(2);
  });

  it('merges small neighbours on the way, and what it empties', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1')], [put('a', '2')], [put('a', '3')]);
    await compact(stores, { config: { 'segment.bytes': '1000' } });
    expect(await segmentsOf(stores)).toMatchObject([{ baseOffset: 0, nextOffset: 3, clean: 3, tombstones: 0 }]);

    await later(stores);
    await logOf(stores, [put('a', '4')], [put('a', '5')]);
    // one object each: what they leave is not merged by the pass
    await compact(stores, { config: { 'segment.bytes': '14' } });
    const emptied = await segmentsOf(stores);
    expect(emptied.map(({ objectKey }) => objectKey === undefined)).toEqual([true, true, false]);
    await later(stores);
    await mergeSegments(stores.worker().maintenance, at, { config: { 'segment.bytes': '14' }, deadline: FAR });
    expect(await segmentsOf(stores)).toMatchObject([
      { baseOffset: 0, nextOffset: 5, clean: 5, objectKey: emptied[2]?.objectKey },
    ]);
    expect(await shown(stores)).toEqual(['4:a=5']);
  });

  it('makes one segment of small ones, however far apart their entries were made', async () => {
    const stores = memoryStores();
    for (let days = 0; days < 5; days++) {
      await logOf(stores, [put(`k${days}`, '1')]);
      await stores.clock.advance(2 * DAY);
    }
    await compact(stores, { config: { 'segment.bytes': '1000', 'segment.ms': '1' } });
    expect(await segmentsOf(stores)).toMatchObject([{ baseOffset: 0, nextOffset: 5, clean: 5 }]);
  });

  it('is not kept waiting by what is merged meanwhile: no segment spans more than a lag', async () => {
    const stores = memoryStores();
    const config = { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': String(HOUR) };
    for (let minutes = 0; minutes < 180; minutes += 10) {
      const worker = stores.worker();
      await appendKeyed(worker, [put('a', String(minutes))]);
      await rollAll(worker);
      await stores.clock.advance(5 * 60_000);
      await mergeSegments(stores.worker({ maintenance: { mergeFanIn: 2 } }).maintenance, at, { config, deadline: FAR });
      await stores.clock.advance(5 * 60_000);
    }
    const spans = (await segmentsOf(stores)).map(({ createdFrom, createdTo }) => createdTo - createdFrom);
    expect(spans.length).toBeLessThan(9);
    expect(Math.max(...spans)).toBeLessThanOrEqual(HOUR);
  });

  it('gives what lost nothing a mark, and not another object', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1')], [put('b', '1')]);
    const before = await segmentsOf(stores);
    expect(await compact(stores, { config: { 'segment.bytes': '14' } })).toMatchObject({ segments: 2, removed: 0 });
    const after = await segmentsOf(stores);
    expect(after.map(({ objectKey }) => objectKey)).toEqual(before.map(({ objectKey }) => objectKey));
    expect(after.map(({ clean }) => clean)).toEqual([2, 2]);
    expect(after.map(({ id }) => id)).not.toEqual(before.map(({ id }) => id));
  });

  it('drops a batch that has no record, and knows that its segment is another then', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await appendKeyed(worker, [put('a', '1')]);
    // what a big batch reads as whose object was swept
    const empty = { bytes: emptyBatch({ baseOffset: 0, lastOffset: 1 }), count: 2, maxTimestamp: -1 };
    await worker.services.logs.of(at).append({ batches: [empty], stampAppendTime: false }, FAR);
    await appendKeyed(worker, [put('b', '1')]);
    await rollAll(worker);
    const [before] = await segmentsOf(stores);
    await later(stores);
    expect(await compact(stores)).toMatchObject({ segments: 1, removed: 0 });
    expect(await shown(stores)).toEqual(['0:a=1', '3:b=1']);
    expect((await segmentsOf(stores))[0]?.sizeInBytes).toBe((before?.sizeInBytes ?? 0) - empty.bytes.byteLength);
  });

  it('goes on behind the last segment that was published, and reads the keys of the same part', async () => {
    const stores = memoryStores();
    const batches = Array.from({ length: 8 }, (_, index) => [put(`k${index}`, '1'), put('a', String(index))]);
    await logOf(stores, ...batches);
    const config = { ...compacted, 'segment.bytes': '14' };
    const worker = stores.worker();
    const first = compactLog(worker.maintenance, at, {
      config,
      readConfig: async () => config,
      deadline: FAR,
      onProgress({ phase, bytes, ofBytes }: CompactionProgress) {
        if (phase === 'segments' && bytes >= ofBytes / 2) throw new Error('killed');
      },
    });
    await expect(first).rejects.toThrow('killed');
    expect((await segmentsOf(stores)).map(({ clean }) => clean === 16)).toEqual([
      ...[true, true, true, true],
      ...[false, false, false, false],
    ]);
    await appendKeyed(stores.worker(), [put('k0', '2')]);
    await later(stores);
    await rollAll(stores.worker());
    await later(stores);
    expect(await compact(stores, { config })).toMatchObject({ segments: 4, removed: 3 });
    // less than half is dirty now
    expect(await shown(stores)).toContain('0:k0=1');
    expect((await segmentsOf(stores)).map(({ clean }) => clean)).toEqual([...Array(8).fill(16), undefined]);
  });

  it('stops when its time is up, and says that there is more', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1')], [put('a', '2')]);
    const { maintenance } = stores.worker();
    const deadline = deadlineIn(stores.clock, 0);
    const done = await compactLog(maintenance, at, { config: compacted, readConfig: async () => compacted, deadline });
    expect(done).toMatchObject({ segments: 0, hasMore: true });
  });

  it('rolls meanwhile: what is done after each segment may change the log', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1')], [put('a', '2')], [put('a', '3')]);
    const worker = stores.worker();
    const config = { ...compacted, 'segment.bytes': '14', 'min.cleanable.dirty.ratio': '0.9' };
    const rolled: number[] = [];
    await compactLog(worker.maintenance, at, {
      config,
      readConfig: async () => config,
      deadline: FAR,
      async meanwhile() {
        await appendKeyed(worker, [put('b', '1')]);
        rolled.push((await rollAll(worker)).segments);
      },
    });
    expect(rolled).toEqual([1, 1, 1]);
    expect(await shown(stores)).toEqual(['2:a=3', '3:b=1', '4:b=1', '5:b=1']);
  });

  it('leaves objects to the sweep, which takes none that is referred to', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('a', '1'), put('b', '1')], [put('a', '2')]);
    await compact(stores);
    for (let day = 0; day < 4; day++) {
      await stores.clock.advance(DAY);
      await sweepObjects(stores.worker().maintenance, at, FAR);
    }
    const keys: string[] = [];
    for await (const { key } of stores.objects.list('segments/')) keys.push(key);
    expect(keys).toEqual((await segmentsOf(stores)).map(({ objectKey }) => objectKey));
    expect(await shown(stores)).toEqual(['1:b=1', '2:a=2']);
  });
});

describe('a tombstone', () => {
  const gone = [put('a', '1'), put('b', '1')];
  const config = { 'delete.retention.ms': String(DAY) };

  it('stays for its time after it was seen to be all that is left of its key, and then goes by itself', async () => {
    const stores = memoryStores();
    await logOf(stores, gone, [put('a', null)]);
    expect(await compact(stores, { config })).toMatchObject({ removed: 1, tombstones: 0 });
    expect(await shown(stores)).toEqual(['1:b=1', '2:a=null']);
    await stores.clock.advance(DAY);
    expect(await compact(stores, { config })).toMatchObject({ tombstones: 0 });
    await stores.clock.advance(2 * HOUR);
    expect(await compact(stores, { config })).toMatchObject({ segments: 1, removed: 1, tombstones: 1 });
    expect(await shown(stores)).toEqual(['1:b=1']);
    expect(await compact(stores, { config })).toMatchObject({ segments: 0 });
  });

  it('does not wait for younger ones, however often the log is compacted meanwhile', async () => {
    const stores = memoryStores();
    const all = { ...config, 'segment.bytes': '10000', 'min.cleanable.dirty.ratio': '0' };
    await logOf(stores, [put('a', '1'), put('a', null)]);
    for (let hours = 0; hours < 30; hours++) {
      await logOf(stores, [put(`k${hours}`, '1'), put(`k${hours}`, null)]);
      await compact(stores, { config: all });
      await stores.clock.advance(HOUR);
    }
    const left = await shown(stores);
    expect(left).not.toContain('1:a=null');
    expect(left.length).toBeLessThan(28);
    expect((await segmentsOf(stores)).length).toBeLessThan(32);
  });

  it('above the place where a pass ended is not all that is left of its key, though its segment was cleaned', async () => {
    const stores = memoryStores();
    await logOf(stores, [put('b', '1'), put('a', '1')], [put('b', '2'), put('a', null)]);
    const soon = { ...compacted, 'delete.retention.ms': '0', 'min.cleanable.dirty.ratio': '0' };
    const never = { ...soon, 'min.cleanable.dirty.ratio': '1' };
    // one key fits: passes end at offsets 1, 2 and 3, the last of them within the second segment
    const { maintenance } = stores.worker({ maintenance: { cleanedKeys: 1, keepsLead: true } });
    let passes = 0;
    const readConfig = async () => (++passes <= 3 ? soon : never);
    await compactLog(maintenance, at, { config: soon, readConfig, deadline: FAR });
    expect(await segmentsOf(stores)).toMatchObject([{ clean: 3 }, { clean: 3, tombstones: 1 }]);
    for (let days = 0; days < 3; days++) {
      await stores.clock.advance(DAY);
      await compact(stores, { config: never });
    }
    expect(await shown(stores)).toEqual(['1:a=1', '2:b=2', '3:a=null']);
  });
});
