import { beforeEach, describe, expect, it } from 'vitest';
import { readVersionedState } from '../../lib/log/partition-state.ts';
import { replaceState } from '../../lib/log/publish.ts';
import { retainLog } from '../../lib/maintenance/retain-log.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { RecordSource } from '../../lib/triggers/record-source.ts';
import { appendOf } from '../support/batches.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';
import { at, retained, rollAll } from '../support/rolled-log.ts';

const MIB = 1024 * 1024;

let stores: TestStores;
let worker: TestWorker;

beforeEach(() => {
  stores = memoryStores();
  worker = stores.worker();
});

const append = (...values: string[]) => worker.services.logs.of(at).append(appendOf(...values), FAR);

/** Batches that decompress to a thousand times their size. */
async function appendZeros(batches: number, bytes: number): Promise<void> {
  const record = { timestamp: 1, key: null, value: new Uint8Array(bytes), headers: [] };
  const encoded = encodeBatch({ records: [record], codec: 'zstd' });
  for (let index = 0; index < batches; index++) {
    const batch = { bytes: Uint8Array.from(encoded), count: 1, maxTimestamp: 1 };
    await worker.services.logs.of(at).append({ batches: [batch], stampAppendTime: false }, FAR);
  }
}

const sourceOf = (reader = worker) => new RecordSource(reader.services.logs.of(at).reader);

const reads = ({ calls }: TestWorker) => calls.filter(({ operation }) => operation === 'query').length;

describe('the records of a partition', () => {
  it('are read once, however often they are asked for, until they are done with', async () => {
    await append('a', 'b', 'c');
    const source = sourceOf();
    const before = reads(worker);
    for (const from of [0, 1, 2, 0]) {
      const { records, nextOffset } = await source.pageFrom(from);
      expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2].slice(from));
      expect(nextOffset).toBe(3);
    }
    expect(reads(worker) - before).toBe(1);
    source.forgetBelow(2);
    await source.pageFrom(2);
    expect(reads(worker) - before).toBe(1);
    source.forgetBelow(3);
    expect(source.sizeInBytes).toBe(0);
  });

  it('at the end of the log are asked for every time, for it moves', async () => {
    await append('a');
    const source = sourceOf();
    expect(await source.pageFrom(1)).toMatchObject({ records: [], nextOffset: 1, highWatermark: 1 });
    await append('b');
    expect((await source.pageFrom(1)).records).toHaveLength(1);
  });

  it('that decompress to far more than they are come some megabytes at a time, and are read once', async () => {
    await appendZeros(20, 3 * MIB);
    const source = sourceOf();
    const before = reads(worker);
    let pages = 0;
    let next = 0;
    while (next < 20) {
      const page = await source.pageFrom(next);
      expect(page.records.map(({ offset }) => offset)).toEqual(
        Array.from({ length: page.nextOffset - next }, (_, index) => next + index),
      );
      source.forgetBelow(page.nextOffset);
      next = page.nextOffset;
      pages++;
      expect(page.records.length).toBeLessThanOrEqual(3);
    }
    expect(pages).toBe(7);
    expect(reads(worker) - before).toBe(1);
  });

  it('that are very small come some thousands at a time', async () => {
    for (let batch = 0; batch < 5; batch++) await append(...Array.from({ length: 9_000 }, () => ''));
    const source = sourceOf();
    expect((await source.pageFrom(0)).nextOffset).toBe(27_000);
    expect((await source.pageFrom(27_000)).nextOffset).toBe(45_000);
    expect((await source.pageFrom(26_999)).records).toHaveLength(1);
  });

  it('begin at the log start where retention was faster, also where it moves on meanwhile', async () => {
    for (const value of ['a', 'b', 'c', 'd']) await append(value);
    await rollAll(worker, 1);
    await stores.clock.advance(60_000);
    const reader = stores.worker();
    const source = sourceOf(reader);
    await source.pageFrom(0);
    source.forgetBelow(10);
    await retainLog(worker.maintenance, at, retained({ 'retention.ms': '-1', 'retention.bytes': '150' }));
    await stores.clock.advance(31_000);
    const { records } = await source.pageFrom(0);
    expect(records.at(-1)?.offset).toBe(3);
    expect(records[0]?.offset).toBeGreaterThan(0);
  });

  it('below the log start are none, though their batch begins there', async () => {
    await append('a', 'b', 'c');
    const source = sourceOf();
    const { state, version } = await readVersionedState(worker.services.cluster, at);
    await replaceState(worker.services, at, { state: { ...state, logStartOffset: 2 }, version });
    worker.services.logs.of(at).reader.forget();
    const { records } = await source.pageFrom(0);
    expect(records.map(({ offset }) => offset)).toEqual([2]);
    expect((await source.pageFrom(1)).records).toEqual(records);
  });

  it('beyond the end of the log, where somebody set the offset there, are none', async () => {
    await append('a');
    expect(await sourceOf().pageFrom(7)).toMatchObject({ records: [], nextOffset: 7, highWatermark: 1 });
  });
});
