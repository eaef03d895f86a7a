/**
 * What each operation of a load asks of the stores: the use cases run, and every call is counted, on stores in memory. The aws adapters
 * make one request of each (`npm run bench -- --only cost` counts both).
 */
import { fetchPartitions } from '../../../lib/fetch/fetch-partitions.ts';
import { logKeyOf } from '../../../lib/log/catalogue.ts';
import { deadlineIn } from '../../../lib/log/deadline.ts';
import type { LogServices } from '../../../lib/log/log-services.ts';
import { mergeSegments } from '../../../lib/maintenance/merge-segments.ts';
import { rollPartition } from '../../../lib/maintenance/roll-partition.ts';
import { awsMaintenanceSettings } from '../../../lib/maintenance/services.ts';
import { wakePartitions } from '../../../lib/maintenance/wake-partitions.ts';
import { produceRecords } from '../../../lib/produce/produce-records.ts';
import { limits } from '../../../lib/protocol/limits.ts';
import { createTopic } from '../../../lib/topics/create-topic.ts';
import { listTriggers } from '../../../lib/triggers/trigger-store.ts';
import { type Measured, measure } from '../measured-request.ts';
import { Meter, scaleUsage, sumUsage } from '../meter.ts';
import { maintainerOn, memoryStores, type Stores, workerOn } from '../stores.ts';
import { itemBytes } from '../units.ts';
import { valuesOf } from '../workload.ts';
import { batchesPerPoll, batchesPerSecond, type Load, recordsPerBatch } from './load.ts';

export interface MeasuredLoad {
  readonly produce: Measured;
  /** A poll that finds nothing, and one that finds what came since the last, or one batch where less came. */
  readonly emptyPoll: Measured;
  readonly poll: Measured;
  readonly batchesOfPoll: number;
  /** A look at the partitions of one shard that grew in a second. */
  readonly wake: Measured;
  /** Of one partition, merges among them. */
  readonly roll: Measured;
  readonly bytesOfRoll: number;
  /** Of an entry, in the table. */
  readonly entryBytes: number;
}

const WITHIN_MS = 600_000;
const TIMES = 20;

/** Rolls of which each level of merges has its share. */
const ROLLS = 64;

/** Shards of the log table's stream, each of which has a window of its own: those of a new table on demand. A partition is in one. */
export const STREAM_SHARDS = 4;

/** More is not appended before a roll: what one asks grows with the batches, and is scaled. */
const BATCHES_OF_ROLL = 512;

export async function measureLoad(load: Load): Promise<MeasuredLoad> {
  const stores = memoryStores();
  const meter = new Meter();
  const services = workerOn(stores, meter);
  const { partitions } = load;
  await createTopic(services, { name: 't', partitions, config: new Map([['compression.type', 'uncompressed']]) });
  const records = valuesOf({ recordBytes: load.recordBytes, batchRecords: recordsPerBatch(load) }).map(value => ({
    key: null,
    value: Buffer.from(value),
  }));
  const produce = async (index: number) => {
    const deadline = deadlineIn(services.clock, WITHIN_MS);
    const placed = records.map(record => ({ ...record, partition: index % partitions }));
    const results = await produceRecords(services, { topic: 't', records: placed, deadline });
    for (const result of results) if ('error' in result) throw result.error;
  };
  // a worker that is warm knows every partition
  for (let index = 0; index < partitions; index++) await produce(index);
  const produced = await measure(meter, TIMES, produce);
  const ends = await endsOf(services, partitions);
  const poll = () => fetchAll(services, ends);
  const emptyPoll = await measure(meter, TIMES, poll);
  const batchesOfPoll = Math.max(1, Math.floor(batchesPerPoll(load)));
  for (let index = 0; index < batchesOfPoll; index++) await produce(index);
  const polled = await measure(meter, 5, poll);
  const grown = Math.min(partitions, batchesPerSecond(load)) / STREAM_SHARDS;
  const wake = await measureWake(services, meter, Math.max(1, Math.round(grown)));
  return {
    produce: produced,
    emptyPoll,
    poll: polled,
    batchesOfPoll,
    wake,
    ...(await measureRolls(load)),
    entryBytes: await entryBytesOf(stores, services),
  };
}

async function endsOf(services: LogServices, partitions: number): Promise<readonly number[]> {
  const results = await fetchAll(
    services,
    Array.from({ length: partitions }, () => 0),
  );
  return results.map(result => ('error' in result ? 0 : result.highWatermark));
}

function fetchAll(services: LogServices, offsets: readonly number[]) {
  const maxBytes = limits.answerBytes;
  const partitions = offsets.map((offset, partition) => ({ topic: 't', partition, offset, maxBytes }));
  return fetchPartitions(services, { partitions, maxBytes, maxWaitMs: 0, minBytes: 1 });
}

async function measureWake(services: LogServices, meter: Meter, grown: number): Promise<Measured> {
  const { topicId } = await services.topics.read('t');
  const partitions = Array.from({ length: grown }, (_, partition) => ({ topicId, partition }));
  const startRolls = async () => undefined;
  return measure(meter, TIMES, async () => {
    await wakePartitions({ ...services, maintenance: awsMaintenanceSettings }, { partitions, startRolls });
    // whether there are triggers to start
    await listTriggers(services);
  });
}

/** Rolls and merges of a log of its own, each of what gathers until one is due. */
async function measureRolls(load: Load): Promise<Pick<MeasuredLoad, 'roll' | 'bytesOfRoll'>> {
  const { rollBytes, rollAfterMs } = awsMaintenanceSettings;
  const perSecond = (load.mibPerSecond * 1024 * 1024) / load.partitions;
  const bytesOfRoll = Math.min(rollBytes, (perSecond * rollAfterMs) / 1_000);
  const batchBytes = load.batchKib * 1024;
  const batches = Math.min(BATCHES_OF_ROLL, Math.max(1, Math.round(bytesOfRoll / batchBytes)));
  const meter = new Meter();
  const services = workerOn(memoryStores(), meter);
  const maintainer = maintainerOn(services);
  await createTopic(services, { name: 'rolled', config: new Map([['compression.type', 'uncompressed']]) });
  const at = { topicId: (await services.topics.read('rolled')).topicId, partition: 0 };
  // the bytes matter to no count but that of GETs, which the kind of entry decides
  const value = Buffer.alloc(Math.min(batchBytes, 9 * 1024));
  const append = async () => {
    const deadline = deadlineIn(services.clock, WITHIN_MS);
    await produceRecords(services, { topic: 'rolled', records: [{ key: null, value, partition: 0 }], deadline });
  };
  const rolls: Measured[] = [];
  while (rolls.length < ROLLS) {
    for (let batch = 0; batch < batches; batch++) await append();
    const params = { config: {}, deadline: deadlineIn(services.clock, WITHIN_MS) };
    const roll = await measure(meter, 1, async () => {
      await rollPartition(maintainer, at, { ...params, isForced: true });
      await mergeSegments(maintainer, at, params);
    });
    rolls.push(roll);
  }
  return { roll: averageOf(rolls), bytesOfRoll };
}

const averageOf = (all: readonly Measured[]): Measured => ({
  usage: scaleUsage(sumUsage(all.map(({ usage }) => usage)), 1 / all.length),
  cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / all.length,
});

async function entryBytesOf({ log }: Stores, services: LogServices): Promise<number> {
  const { topicId } = await services.topics.read('t');
  const pk = logKeyOf({ topicId, partition: 0 });
  const { items } = await log.query({ pk, from: '0', to: '9' }, { limit: 1 });
  return items[0] ? itemBytes(items[0]) : 0;
}
