/**
 * The cost of a fetch at a random offset as the log grows: by a worker that knows the manifest, and by one that knows nothing. On
 * the embedded store with times; on the aws adapters over emulators, whose times mean nothing, counted.
 */
import { join } from 'node:path';
import { openEmbeddedStore } from '../../lib/adapters/embedded/store.ts';
import { awsLogSettings, embeddedLogSettings, type LogSettings } from '../../lib/log/deps.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { startAwsStores } from './aws-stores.ts';
import type { Bench } from './bench.ts';
import { quantile } from './load.ts';
import { Meter, scaleUsage, type Usage } from './meter.ts';
import { growthHeader, growthLine } from './report/segment-lines.ts';
import { RolledLog } from './rolled-log.ts';
import { type Stores, workerOn } from './stores.ts';

/** Small records, so that ten million of them are soon made. */
const SHAPE = { recordBytes: 30, batchRecords: 100 };

const MIB = 1024 * 1024;

/** What a fetch asks for: the one batch that it always gets, and a page. */
const PAGES = [1, MIB];

const WARM_READS = 200;
const COLD_READS = 50;

export interface GrowthRow {
  readonly stores: string;
  readonly records: number;
  readonly segments: number;
  readonly chapters: number;
  readonly worker: 'warm' | 'cold';
  readonly pageBytes: number;
  /** On average. */
  readonly perFetch: Usage;
  /** Where they mean something. */
  readonly times?: { readonly p50Ms: number; readonly p99Ms: number };
}

interface Growing {
  readonly name: string;
  readonly stores: Stores;
  readonly settings: LogSettings;
  readonly segmentBytes?: number;
  readonly sizes: readonly number[];
  readonly isTimed: boolean;
}

export async function measureGrowth(bench: Bench): Promise<readonly GrowthRow[]> {
  const sizes = [1e3, 1e4, 1e5, 1e6, 1e7];
  const store = await openEmbeddedStore(join(bench.folder, 'growth'));
  const stores = { log: store.logTable, cluster: store.clusterTable, objects: store.objectStore };
  const embedded = { stores, settings: embeddedLogSettings, sizes, isTimed: true };
  try {
    await using aws = await startAwsStores();
    const onAws = { stores: aws, settings: awsLogSettings, sizes: sizes.slice(0, -1), isTimed: false };
    return [
      ...(await grow(bench, { name: 'embedded', ...embedded })),
      ...(await grow(bench, { name: 'embedded, 1 MiB', ...embedded, segmentBytes: MIB })),
      ...(await grow(bench, { name: 'aws', ...onAws })),
    ];
  } finally {
    await store.close();
  }
}

async function grow({ print }: Bench, growing: Growing): Promise<readonly GrowthRow[]> {
  const { name, stores, settings, segmentBytes, sizes, isTimed } = growing;
  const config = segmentBytes === undefined ? {} : { 'segment.bytes': String(segmentBytes) };
  const log = new RolledLog({ stores, settings, shape: SHAPE, config });
  const rows: GrowthRow[] = [];
  print(growthHeader(name));
  for (const size of sizes) {
    await log.fill(size);
    await log.roll();
    await log.merge();
    const [segments, chapters] = [(await log.segments()).length, await log.chapters()];
    for (const worker of ['warm', 'cold'] as const) {
      for (const pageBytes of PAGES) {
        const { times, ...fetched } = await measureFetches(growing, log, { worker, pageBytes });
        const row = { stores: name, records: log.records, segments, chapters, worker, pageBytes, ...fetched };
        rows.push(isTimed ? { ...row, times } : row);
        print(growthLine(rows.at(-1) as GrowthRow));
      }
    }
  }
  return rows;
}

type Fetching = Pick<GrowthRow, 'worker' | 'pageBytes'>;

async function measureFetches({ stores, settings }: Growing, log: RolledLog, { worker, pageBytes }: Fetching) {
  const meter = new Meter();
  const { at, records } = log;
  const newWorker = () => workerOn(stores, meter, settings);
  const known = newWorker();
  const params = { at, records, pageBytes };
  // what goes first reads the manifest and its chapters, and meets code not yet compiled
  for (let read = 0; read < WARM_READS; read++) await fetchAnywhere(known, params);
  meter.take();
  const latencies: number[] = [];
  const reads = worker === 'warm' ? WARM_READS : COLD_READS;
  for (let read = 0; read < reads; read++) {
    const services = worker === 'warm' ? known : newWorker();
    latencies.push(await fetchAnywhere(services, params));
  }
  latencies.sort((a, b) => a - b);
  const times = { p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99) };
  return { perFetch: scaleUsage(meter.take(), 1 / reads), times };
}

interface AnyFetch {
  readonly at: TopicPartition;
  readonly records: number;
  readonly pageBytes: number;
}

/** Milliseconds that it took. */
async function fetchAnywhere({ logs }: LogServices, { at, records, pageBytes }: AnyFetch): Promise<number> {
  const offset = Math.floor(Math.random() * records);
  const since = performance.now();
  const { batches } = await logs.of(at).reader.read({ offset, maxBytes: pageBytes });
  const elapsed = performance.now() - since;
  const [first] = batches;
  if (!first || first.header.baseOffset > offset || first.nextOffset <= offset) {
    throw new Error(`a fetch from ${offset} begins at ${first?.header.baseOffset}`);
  }
  return elapsed;
}
