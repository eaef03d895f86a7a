/** The load that a month is reckoned for. */
import { limits } from '../../../lib/protocol/limits.ts';

export interface Load {
  /** Of record values, produced by all producers together. */
  readonly mibPerSecond: number;
  readonly partitions: number;
  /** Of the values of one request. */
  readonly batchKib: number;
  readonly recordBytes: number;
  /** Each reads everything. */
  readonly readers: number;
  /** From one request of a reader, for all partitions, to the next. */
  readonly pollSeconds: number;
  readonly retentionDays: number;
  readonly frontDoor: 'rest' | 'http';
}

const KIB = 1024;

/** 365 days in twelve. */
export const HOURS = 730;
export const SECONDS = HOURS * 3_600;

export const batchesPerSecond = ({ mibPerSecond, batchKib }: Load): number => (mibPerSecond * KIB) / batchKib;

/** Of a record in a body beside its value: less in a raw batch, a third of the value more in v2's base64. */
const RECORD_FRAME_BYTES = 11;

/** Of the records of one produce request, as a raw batch or as JSON. */
export const bodyBytes = (load: Load): number => load.batchKib * KIB + recordsPerBatch(load) * RECORD_FRAME_BYTES;

/** What a reader finds with one request for all partitions: what came since the last, at most the batches that an answer holds. */
export const batchesPerPoll = (load: Load): number =>
  Math.min(batchesPerSecond(load) * load.pollSeconds, Math.max(1, Math.floor(limits.answerBytes / bodyBytes(load))));

/** Requests of one reader in a month: more than it polls where an answer does not hold what came meanwhile. */
export const pollsAMonth = (load: Load): number =>
  Math.max(SECONDS / load.pollSeconds, (batchesPerSecond(load) * SECONDS) / batchesPerPoll(load));

export const recordsPerBatch = ({ batchKib, recordBytes }: Load): number =>
  Math.max(1, Math.round((batchKib * KIB) / recordBytes));

export const gibAMonth = ({ mibPerSecond }: Load): number => (mibPerSecond * SECONDS) / KIB;

/** What is kept at any time, once it has run as long as that. */
export const gibKept = ({ mibPerSecond, retentionDays }: Load): number => (mibPerSecond * retentionDays * 86_400) / KIB;
