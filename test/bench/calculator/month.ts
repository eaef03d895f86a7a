/** What a load costs in a month, service by service: the measured requests of each operation, times how often there is one. */
import { dollarsOfHttpRequest, dollarsOfStores, dollarsOfTime } from '../dollars.ts';
import type { Measured } from '../measured-request.ts';
import type { Usage } from '../meter.ts';
import { assumed, assumedOfTriggers, prices } from '../prices.ts';
import {
  batchesPerPoll,
  batchesPerSecond,
  bodyBytes,
  gibAMonth,
  gibKept,
  type Load,
  pollsAMonth,
  SECONDS,
} from './load.ts';
import { type MeasuredLoad, STREAM_SHARDS } from './measured-load.ts';

export interface Month {
  readonly frontDoor: number;
  readonly lambda: number;
  readonly dynamoDb: number;
  readonly s3: number;
}

export interface MonthRow extends Month {
  readonly operation: string;
  /** How often a month. */
  readonly times: number;
}

/** Entries stay in the table for so long, whether they are rolled or not. */
const ENTRY_DAYS = 7;

const GIB = 2 ** 30;

const MAINTENANCE_MEMORY_IN_GIB = 0.5;

export function monthOf(load: Load, measured: MeasuredLoad): readonly MonthRow[] {
  const produced = batchesPerSecond(load) * SECONDS;
  const polls = load.readers * pollsAMonth(load);
  // where less than a batch comes between two polls, only some of them find one
  const full = Math.min(1, batchesPerPoll(load)) * polls;
  const windows = Math.min(batchesPerSecond(load), STREAM_SHARDS, load.partitions) * SECONDS;
  const rolls = (gibAMonth(load) * GIB) / measured.bytesOfRoll;
  const pollBytes = Math.max(1, batchesPerPoll(load)) * bodyBytes(load);
  return [
    row('produce', produced, measured.produce, {
      load,
      bodyBytes: bodyBytes(load),
      memoryInGiB: assumed.memoryInGiB,
    }),
    row('fetch, with records', full, measured.poll, { load, bodyBytes: pollBytes, memoryInGiB: assumed.memoryInGiB }),
    row('fetch, without', polls - full, measured.emptyPoll, { load, bodyBytes: 0, memoryInGiB: assumed.memoryInGiB }),
    row('wake', windows, measured.wake, { memoryInGiB: assumedOfTriggers.wakeMemoryInMiB / 1024 }),
    row('roll and merge', rolls, measured.roll, { memoryInGiB: MAINTENANCE_MEMORY_IN_GIB }),
    {
      operation: 'storage',
      times: 1,
      frontDoor: 0,
      lambda: 0,
      dynamoDb: (batchesPerSecond(load) * ENTRY_DAYS * 86_400 * measured.entryBytes * prices.dynamoDb.perGbMonth) / 1e9,
      s3: gibKept(load) * prices.s3.perGbMonth,
    },
  ];
}

export const sumOf = (rows: readonly Month[]): Month =>
  rows.reduce(
    (sum, each) => ({
      frontDoor: sum.frontDoor + each.frontDoor,
      lambda: sum.lambda + each.lambda,
      dynamoDb: sum.dynamoDb + each.dynamoDb,
      s3: sum.s3 + each.s3,
    }),
    { frontDoor: 0, lambda: 0, dynamoDb: 0, s3: 0 },
  );

export const total = ({ frontDoor, lambda, dynamoDb, s3 }: Month): number => frontDoor + lambda + dynamoDb + s3;

interface Through {
  /** Where it comes through the front door. */
  readonly load?: Load;
  readonly bodyBytes?: number;
  readonly memoryInGiB: number;
}

function row(operation: string, times: number, { usage, cpuMs }: Measured, through: Through): MonthRow {
  const stores = dollarsOfStores(usage);
  const slower = Math.max(1, assumedOfTriggers.memoryOfCoreInMiB / (through.memoryInGiB * 1024));
  const ms = Math.ceil(cpuMs * slower + waitMs(usage));
  return {
    operation,
    times,
    frontDoor: times * frontDoorOf(through),
    lambda: times * (prices.lambda.perRequest + dollarsOfTime(ms, through.memoryInGiB)),
    dynamoDb: times * stores.dynamoDb,
    s3: times * stores.s3,
  };
}

function frontDoorOf({ load, bodyBytes = 0 }: Through): number {
  if (!load) return 0;
  return load.frontDoor === 'rest' ? prices.apiGateway.perRestRequest : dollarsOfHttpRequest(bodyBytes);
}

/** Partitions of a poll are read eight at a time, objects sixteen at a time; everything else follows one another. */
function waitMs({ writes, gets, queries, objectPuts, objectGets }: Usage): number {
  const reads = Math.ceil((gets + queries) / 8);
  const objects = objectPuts * assumed.objectPutMs + Math.ceil(objectGets / 16) * assumed.objectGetMs;
  return (writes + reads) * assumed.tableCallMs + objects;
}
