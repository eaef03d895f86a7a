import { describe, expect, it } from 'vitest';
import { entrySk, partitionStateAttributes } from '../../lib/log/catalogue.ts';
import { findMaxTimestamp, findOffsetByTime } from '../../lib/log/find-offset.ts';
import { claimObject } from '../../lib/log/object-claim.ts';
import { neverRolled } from '../../lib/log/partition-state.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { decodeBatch, readWholeBatch } from '../../lib/record/decode-batch.ts';
import { batchOf, textsOf } from '../support/batches.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

const at: TopicPartition = { topicId: 't', partition: 0 };
const MIB = 1 << 20;
const HOUR = 3_600_000;

const logOf = ({ services }: TestWorker) => services.logs.of(at);

const append = (worker: TestWorker, ...batches: string[][]) =>
  logOf(worker).append({ batches: batches.map(values => batchOf(values)), stampAppendTime: false }, FAR);

const read = (worker: TestWorker, offset: number, maxBytes = MIB) => logOf(worker).reader.read({ offset, maxBytes });

const operations = ({ calls }: TestWorker) => calls.map(({ operation }) => operation);

/** Damages the object of the first entry of t/0. */
async function flipInObject(
  { log, objects }: TestStores,
  { at, bits }: { readonly at: number; readonly bits: number },
) {
  const item = await log.get({ pk: 't/0', sk: entrySk(0) });
  const key = String(item?.attributes.o);
  const bytes = await objects.get(key);
  if (!bytes) throw new Error('no object');
  bytes[at] = (bytes[at] ?? 0) ^ bits;
  await objects.put(key, bytes);
}

/** Entries [0,3) in one batch, [3,5) [5,6) in two, [6,7). */
async function logOfSeven(stores: TestStores): Promise<TestWorker> {
  const worker = stores.worker();
  await append(worker, ['a', 'b', 'c']);
  await append(worker, ['d', 'e'], ['f']);
  await append(worker, ['g']);
  return worker;
}

describe('a read', () => {
  it.each([
    [0, '0:a', 7],
    [1, '0:a', 7],
    [2, '0:a', 7],
    [3, '3:d', 7],
    [4, '3:d', 7],
    [5, '5:f', 7],
    [6, '6:g', 7],
  ])('from offset %i gives whole batches from the one that contains it, %s', async (offset, first, next) => {
    const stores = memoryStores();
    await logOfSeven(stores);
    const result = await read(stores.worker(), offset);
    expect(textsOf(result.batches)[0]).toBe(first);
    expect(result).toMatchObject({ nextOffset: next, highWatermark: 7, logStartOffset: 0 });
  });

  it('at the end is empty, and past it out of range', async () => {
    const stores = memoryStores();
    await logOfSeven(stores);
    const worker = stores.worker();
    expect(await read(worker, 7)).toEqual({ batches: [], nextOffset: 7, highWatermark: 7, logStartOffset: 0 });
    await expect(read(worker, 8)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    await expect(read(worker, -1)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  it('of an empty log is empty at 0', async () => {
    expect(await read(memoryStores().worker(), 0)).toMatchObject({ batches: [], nextOffset: 0, highWatermark: 0 });
  });

  it('is cut between batches, but gives one batch at least', async () => {
    const stores = memoryStores();
    const worker = await logOfSeven(stores);
    const one = await read(worker, 0, 1);
    expect(textsOf(one.batches)).toEqual(['0:a', '1:b', '2:c']);
    expect(one).toMatchObject({ nextOffset: 3, highWatermark: 7 });
    const inside = await read(worker, 4, 1);
    expect(textsOf(inside.batches)).toEqual(['3:d', '4:e']);
    expect(inside.nextOffset).toBe(5);
  });

  it('costs one query at the end of the log, and no more while it follows', async () => {
    const stores = memoryStores();
    const worker = await logOfSeven(stores);
    await read(worker, 0);
    worker.calls.length = 0;
    await read(worker, 7);
    expect(operations(worker)).toEqual(['query']);
    await append(stores.worker(), ['h']);
    worker.calls.length = 0;
    expect(textsOf((await read(worker, 7)).batches)).toEqual(['7:h']);
    expect(operations(worker)).toEqual(['query']);
  });

  it('costs one query more inside an entry', async () => {
    const stores = memoryStores();
    const worker = await logOfSeven(stores);
    await read(worker, 0);
    worker.calls.length = 0;
    await read(worker, 4);
    expect(operations(worker)).toEqual(['query', 'query']);
  });

  it('costs one query more for the high watermark when the page does not reach the end', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    for (let index = 0; index < 20; index++) await append(worker, [`v${index}`]);
    worker.calls.length = 0;
    expect(await read(worker, 0, 1)).toMatchObject({ nextOffset: 1, highWatermark: 20 });
    expect(operations(worker)).toEqual(['get', 'query', 'query']);
  });

  it('finds a hole in the entries instead of skipping it', async () => {
    const stores = memoryStores();
    const worker = await logOfSeven(stores);
    await stores.log.delete({ pk: 't/0', sk: entrySk(3) }, 1);
    await expect(read(worker, 0)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    await expect(read(worker, 3)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
  });

  it('of a deleted topic says that there is none', async () => {
    const stores = memoryStores();
    const attributes = partitionStateAttributes({ ...neverRolled, deleted: true });
    await stores.cluster.create({ pk: 'partition/t/0', sk: 'state', writeId: 'w', attributes });
    await expect(read(stores.worker(), 0)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });
});

describe('an entry that points at an object', () => {
  const settings = { inlineBytes: 0, inlineBytesAfterLoss: 0 };

  /** A log whose first entry points at an object that was put so long ago. */
  async function pointerPut(stores: TestStores, ago: number): Promise<{ worker: TestWorker; objectKey: string }> {
    const worker = stores.worker({ settings });
    await append(worker, ['a', 'b']);
    stores.clock.jump(ago);
    const item = await stores.log.get({ pk: 't/0', sk: entrySk(0) });
    return { worker, objectKey: String(item?.attributes.o) };
  }

  const claim = (stores: TestStores, objectKey: string, by: 'kept' | 'swept') =>
    claimObject(stores.worker().deps, objectKey, by);

  it('is read through', async () => {
    const worker = memoryStores().worker({ settings });
    await append(worker, ['a', 'b']);
    expect(textsOf((await read(worker, 0)).batches)).toEqual(['0:a', '1:b']);
  });

  it('reads as an empty batch once the sweep has claimed its object, before and after that is gone', async () => {
    const stores = memoryStores();
    const { objectKey } = await pointerPut(stores, HOUR);
    await append(stores.worker(), ['c']);
    expect(await claim(stores, objectKey, 'swept')).toBe('swept');
    for (const _ of ['before', 'after']) {
      const { batches, nextOffset } = await read(stores.worker(), 0);
      expect(textsOf(batches)).toEqual(['2:c']);
      expect(batches[0]).toMatchObject({ header: { baseOffset: 0, recordsCount: 0, lastOffsetDelta: 1 } });
      expect(nextOffset).toBe(3);
      await stores.objects.delete([objectKey]);
    }
  });

  it('is claimed by its first reader once its object is old, so that no sweep takes it', async () => {
    const stores = memoryStores();
    const { worker, objectKey } = await pointerPut(stores, HOUR);
    expect(textsOf((await read(worker, 0)).batches)).toEqual(['0:a', '1:b']);
    expect(await claim(stores, objectKey, 'swept')).toBe('kept');
    expect(textsOf((await read(stores.worker(), 0)).batches)).toEqual(['0:a', '1:b']);
  });

  it('costs no look at claims while its object is young, and one in all once it was kept', async () => {
    const stores = memoryStores();
    const { worker } = await pointerPut(stores, 29 * 60_000);
    worker.calls.length = 0;
    await read(worker, 0);
    expect(operations(worker)).toEqual(['get', 'query', 'get']);
    stores.clock.jump(HOUR);
    await read(worker, 0);
    worker.calls.length = 0;
    await read(worker, 0);
    expect(operations(worker)).toEqual(['query', 'get']);
  });

  it('counts as old by the monotonic clock where the wall clock stood still', async () => {
    const stores = memoryStores();
    const wall = stores.clock.now();
    const { clock } = stores;
    const stoodStill = { now: () => wall, monotonic: () => clock.monotonic(), sleep: (ms: number) => clock.sleep(ms) };
    const reader = stores.worker({ clock: stoodStill });
    const { objectKey } = await pointerPut(stores, 0);
    await clock.advance(HOUR);
    await read(reader, 0);
    expect(await claim(stores, objectKey, 'swept')).toBe('kept');
  });

  it('is an error when its object is gone and nobody swept it', async () => {
    const stores = memoryStores();
    const { worker, objectKey } = await pointerPut(stores, HOUR);
    await stores.objects.delete([objectKey]);
    await expect(read(worker, 0)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
  });

  it('is an error when a bit of its object flipped', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ settings });
    await append(worker, ['a', 'b']);
    await flipInObject(stores, { at: 70, bits: 4 });
    await expect(read(worker, 0)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });

    // who takes the batches as they are finds it out by the CRC that they carry
    const raw = await logOf(worker).reader.read({ offset: 0, maxBytes: MIB, isRaw: true });
    expect(raw).toMatchObject({ nextOffset: 2, highWatermark: 2 });
    expect(() => readWholeBatch(raw.batches[0]?.bytes ?? Buffer.of())).toThrow('CRC');
  });

  it('is an error for a reader of raw batches too when a length in it is wrong', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ settings });
    await append(worker, ['a', 'b']);
    await flipInObject(stores, { at: 11, bits: 1 });
    const reading = logOf(worker).reader.read({ offset: 0, maxBytes: MIB, isRaw: true });
    await expect(reading).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
  });
});

describe('an offset by time', () => {
  const timesAt = async (...timestamps: number[]) => {
    const worker = memoryStores().worker();
    for (const timestamp of timestamps) {
      await logOf(worker).append({ batches: [batchOf(['v'], undefined, timestamp)], stampAppendTime: false }, FAR);
    }
    return logOf(worker).reader;
  };

  it('is that of the first record at or after the timestamp', async () => {
    const reader = await timesAt(10, 30, 20, 30);
    expect(await findOffsetByTime(reader, 0)).toMatchObject({ offset: 0, timestamp: 10 });
    expect(await findOffsetByTime(reader, 11)).toMatchObject({ offset: 1, timestamp: 30 });
    expect(await findOffsetByTime(reader, 30)).toMatchObject({ offset: 1 });
    expect(await findOffsetByTime(reader, 31)).toBeUndefined();
  });

  it('of the largest timestamp is that of the first record that has it', async () => {
    expect(await findMaxTimestamp(await timesAt(10, 30, 20, 30))).toMatchObject({ offset: 1, timestamp: 30 });
    expect(await findMaxTimestamp(await timesAt())).toBeUndefined();
  });
});

describe('an append time', () => {
  it('is stamped on every record, and never goes below that of the entry before', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const stamped = { batches: [batchOf(['a', 'b'])], stampAppendTime: true };
    const first = await logOf(worker).append(stamped, FAR);
    expect(first.appendTime).toBe(stores.clock.now());
    stores.clock.jump(-5_000);
    const second = await logOf(worker).append(stamped, FAR);
    expect(second.appendTime).toBe(first.appendTime);
    const { batches } = await read(worker, 0);
    const records = batches.flatMap(batch => decodeBatch(batch.bytes, { maxDecompressedBytes: MIB }));
    expect(new Set(records.map(({ timestamp }) => timestamp))).toEqual(new Set([first.appendTime]));
  });
});
