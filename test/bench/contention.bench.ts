/**
 * Contention: how many appends a second one partition takes when more and more workers write to it at once, each with
 * beliefs of its own, and what an append then costs.
 *
 * On the aws adapters over dynalite, whose own speed is then the limit: so beside it, the same items straight into dynalite,
 * under keys that nobody else wants. On a model of AWS whose tables answer in 4 ms, to show the ceiling of one write after
 * another. And on the same model by as many callers of a single worker, whose appends share entries.
 */
import { randomUUID } from 'node:crypto';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { startAwsStores } from './aws-stores.ts';
import type { Bench } from './bench.ts';
import { runLoad } from './load.ts';
import { Meter, scaleUsage, type Usage } from './meter.ts';
import { assumed } from './prices.ts';
import { contentionHeader, contentionLine } from './report/terminal.ts';
import { modelledStores, type Stores, workerOn } from './stores.ts';
import { RECORDS_PER_APPEND, type Writing, writersOf } from './writers.ts';

const WRITERS = [1, 2, 4, 8, 16, 32];

export interface ContentionCurve {
  readonly name: string;
  readonly points: readonly ContentionPoint[];
}

export interface ContentionPoint {
  readonly writers: number;
  readonly appendsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perAppend: Usage;
  /** The raw limit where one was measured: what as many writers make of bare creates on the same table. */
  readonly bare?: { readonly createsPerSecond: number; readonly ratio: number };
}

interface Setting {
  readonly name: string;
  readonly stores: Stores;
  readonly writing: Writing;
  /** Whether bare creates are measured beside it. */
  readonly besideBare?: boolean;
}

export async function benchContention(bench: Bench): Promise<readonly ContentionCurve[]> {
  await using aws = await startAwsStores();
  const model = modelledStores();
  const modelName = `${assumed.tableCallMs} ms model`;
  return [
    await measureCurve(bench, {
      name: 'dynalite, a worker each',
      stores: aws,
      writing: 'a worker each',
      besideBare: true,
    }),
    await measureCurve(bench, { name: `${modelName}, a worker each`, stores: model, writing: 'a worker each' }),
    await measureCurve(bench, { name: `${modelName}, one worker`, stores: model, writing: 'one worker' }),
  ];
}

async function measureCurve({ print, seconds }: Bench, setting: Setting): Promise<ContentionCurve> {
  const { name, besideBare } = setting;
  print(contentionHeader(name));
  const points: ContentionPoint[] = [];
  for (const writers of WRITERS) {
    const bare = besideBare && (await measure({ ...setting, writing: 'bare creates' }, writers, seconds));
    const measured = await measure(setting, writers, seconds);
    const point = bare ? { ...measured, bare: limitOf(measured, bare) } : measured;
    print(contentionLine(point));
    points.push(point);
  }
  return { name, points };
}

const limitOf = ({ appendsPerSecond }: ContentionPoint, { appendsPerSecond: createsPerSecond }: ContentionPoint) => ({
  createsPerSecond,
  ratio: appendsPerSecond / createsPerSecond,
});

async function measure({ stores, writing }: Setting, writers: number, seconds: number): Promise<ContentionPoint> {
  const at = { topicId: randomUUID(), partition: 0 };
  const meter = new Meter();
  const clients = writersOf({ stores, meter, writing, at, writers });
  const loadFor = (length: number) => runLoad({ clients, seconds: length, maxRequests: Number.POSITIVE_INFINITY });
  // each worker finds the end of the log, and its code is compiled, before the clock starts
  const warmUp = await loadFor(seconds / 4);
  meter.take();
  const load = await loadFor(seconds);
  const perAppend = scaleUsage(meter.take(), RECORDS_PER_APPEND / load.records);
  if (writing !== 'bare creates') await checkNothingLost(stores, at, warmUp.records + load.records);
  return { writers, appendsPerSecond: load.requestsPerSecond, p50Ms: load.p50Ms, p99Ms: load.p99Ms, perAppend };
}

async function checkNothingLost(stores: Stores, at: TopicPartition, records: number): Promise<void> {
  const { highWatermark } = await workerOn(stores, new Meter()).logs.of(at).reader.bounds();
  if (highWatermark !== records) throw new Error(`${records} records were acknowledged, the log has ${highWatermark}`);
}
