/**
 * MB/s of rolling, merging, and reading a log from its start by a worker that knows nothing, on the embedded store. Beside them as
 * many bytes in objects of the same sizes, straight into the same object store and out of it.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../lib/adapters/embedded/store.ts';
import { embeddedLogSettings } from '../../lib/log/deps.ts';
import type { LogSegment } from '../../lib/log/segment.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import type { Bench } from './bench.ts';
import { Meter } from './meter.ts';
import { rateHeader, rateLine } from './report/segment-lines.ts';
import { RolledLog } from './rolled-log.ts';
import { type Stores, workerOn } from './stores.ts';
import type { Shape } from './workload.ts';

const MIB = 1024 * 1024;
const LOG_BYTES = 64 * MIB;
const PAGE_BYTES = MIB;
const ROUNDS = 3;

const shapes: readonly Shape[] = [
  { recordBytes: 1024, batchRecords: 100 },
  { recordBytes: 100, batchRecords: 1 },
];

export type SegmentTask = 'roll' | 'merge' | 'fetch';

export interface SegmentRate extends Shape {
  readonly task: SegmentTask;
  /** A megabyte is a million bytes, of batches; those that are read and written again count once. */
  readonly megabytesPerSecond: number;
  readonly raw: { readonly what: string; readonly megabytesPerSecond: number; readonly ratio: number };
}

/** Seconds that each took. */
type Round = Readonly<Record<SegmentTask, { readonly own: number; readonly raw: number }>>;

const rawTasks: Readonly<Record<SegmentTask, string>> = {
  roll: 'put of its segments',
  merge: 'get and put of its segments',
  fetch: 'get of a MiB at a time',
};

export async function measureRates({ folder, print }: Bench): Promise<readonly SegmentRate[]> {
  const store = await openEmbeddedStore(join(folder, 'rates'));
  const stores = { log: store.logTable, cluster: store.clusterTable, objects: store.objectStore };
  try {
    print(rateHeader());
    const rates: SegmentRate[] = [];
    for (const shape of shapes) {
      // what goes first meets code not yet compiled
      await measureRound(stores, shape);
      const rounds: Round[] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(stores, shape));
      for (const task of ['roll', 'merge', 'fetch'] as const) {
        const rate = rateOf(shape, task, rounds);
        print(rateLine(rate));
        rates.push(rate);
      }
    }
    return rates;
  } finally {
    await store.close();
  }
}

function rateOf(shape: Shape, task: SegmentTask, rounds: readonly Round[]): SegmentRate {
  const middle = (seconds: readonly number[]) => seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? 0;
  const own = middle(rounds.map(round => round[task].own));
  const raw = middle(rounds.map(round => round[task].raw));
  const rateIn = (seconds: number) => LOG_BYTES / 1e6 / seconds;
  const limit = { what: rawTasks[task], megabytesPerSecond: rateIn(raw), ratio: raw / own };
  return { ...shape, task, megabytesPerSecond: rateIn(own), raw: limit };
}

async function measureRound(stores: Stores, shape: Shape): Promise<Round> {
  const { objects } = stores;
  const log = new RolledLog({ stores, settings: embeddedLogSettings, shape });
  // a little less than what fits one segment
  await log.fillBytes(LOG_BYTES * 0.98);
  const scale = LOG_BYTES / log.sizeInBytes;
  const timed = async (work: () => Promise<void>) => (await secondsOf(work)) * scale;

  const roll = await timed(() => log.roll());
  const rolled = await log.segments();
  const bytes = await allBytes(objects, rolled);
  const rawRoll = await timed(() => putAll(objects, bytes));

  const merge = await timed(() => log.merge());
  const merged = await log.segments();
  if (merged.length !== 1) throw new Error(`${rolled.length} segments became ${merged.length}`);
  const rawMerge = await timed(async () => {
    await allBytes(objects, rolled);
    await putAll(objects, [Buffer.concat(bytes)]);
  });

  const fetch = await timed(() => readAll(stores, log));
  const rawFetch = await timed(() => getPages(objects, merged));
  return {
    roll: { own: roll, raw: rawRoll },
    merge: { own: merge, raw: rawMerge },
    fetch: { own: fetch, raw: rawFetch },
  };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1e3;
}

async function allBytes(objects: ObjectStore, segments: readonly LogSegment[]): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = [];
  for (const { objectKey = '' } of segments) all.push((await objects.get(objectKey)) ?? new Uint8Array());
  return all;
}

async function putAll(objects: ObjectStore, all: readonly Uint8Array[]): Promise<void> {
  for (const bytes of all) await objects.put(`segments/raw/${randomUUID()}`, bytes);
}

async function getPages(objects: ObjectStore, segments: readonly LogSegment[]): Promise<void> {
  for (const { objectKey = '', sizeInBytes } of segments) {
    for (let start = 0; start < sizeInBytes; start += PAGE_BYTES) {
      await objects.get(objectKey, { start, end: start + PAGE_BYTES });
    }
  }
}

async function readAll(stores: Stores, { at, records }: RolledLog): Promise<void> {
  const { reader } = workerOn(stores, new Meter(), embeddedLogSettings).logs.of(at);
  for (let offset = 0; offset < records; ) {
    offset = (await reader.read({ offset, maxBytes: PAGE_BYTES })).nextOffset;
  }
}
