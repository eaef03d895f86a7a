/**
 * Making the item that commits a group of appends at one offset. Once its outcome is unknown, a sealed entry stays as it
 * is, key, bytes and `writeId`, until its key is seen taken by another.
 */
import { stampLogAppendTime } from '../record/stamp-batch.ts';
import type { Append, AppendBatch } from './append-batch.ts';
import { sizeOf } from './append-batch.ts';
import type { LogDeps } from './deps.ts';
import type { LogEntry, ProducerBatch } from './log-entry.ts';
import { canCreate, type PlacedPayload, placePayload } from './place-payload.ts';
import type { Tail } from './tail.ts';
import type { TopicPartition } from './topic-partition.ts';

/**
 * Entries may be dropped by the store so long after their creation; the roller moves the date of those that it has not
 * rolled by then. Far longer than any belief that may still be acknowledged.
 */
export const ENTRY_EXPIRY_MS = 7 * 86_400_000;

/** Append times do not go back along a log, as far as the clocks of its writers differ by no more than this. */
const CLOCK_SKEW_MS = 15 * 60_000;

export interface SealedEntry {
  readonly appends: readonly Append[];
  readonly entry: LogEntry;
  readonly placed: PlacedPayload;
  /** The belief that it rests on. */
  readonly tail: Tail;
  /** What its records were stamped with, where their topic says so. */
  readonly appendTime: number;
}

interface SealParams {
  readonly appends: readonly Append[];
  readonly tail: Tail;
  readonly writeId: string;
  readonly lostRaces: number;
  /** The same appends as they were sealed for another offset: an object that was put for them is used again. */
  readonly previous?: SealedEntry | undefined;
}

export async function sealEntry(deps: LogDeps, at: TopicPartition, params: SealParams): Promise<SealedEntry> {
  const { appends, tail, writeId, lostRaces, previous } = params;
  if (previous && canMove(deps, previous, params)) {
    const logBytes = tail.logBytes + previous.entry.payload.sizeInBytes;
    return { ...previous, entry: { ...previous.entry, baseOffset: tail.nextOffset, logBytes }, tail };
  }
  const createdAt = deps.clock.now();
  const appendTime = Math.max(createdAt, Math.min(tail.lastMaxTimestamp, createdAt + CLOCK_SKEW_MS));
  const { bytes, maxTimestamp } = joinBatches(appends, appendTime);
  const placed = await placePayload(deps, at, { bytes, lostRaces });
  const batches = appends.flatMap(append => append.batches);
  const { count, producers } = layOut(batches);
  const { payload } = placed;
  const logBytes = tail.logBytes + payload.sizeInBytes;
  const entry = { baseOffset: tail.nextOffset, writeId, count, maxTimestamp, createdAt, logBytes, producers, payload };
  return { appends, entry, placed, tail, appendTime };
}

/** Whether what was put for another offset serves for the tail: an entry's bytes do not depend on its offset. */
function canMove(deps: LogDeps, previous: SealedEntry, { appends, tail }: SealParams): boolean {
  return (
    previous.placed.payload.kind === 'object' &&
    canCreate(deps, previous.placed) &&
    (previous.appendTime >= tail.lastMaxTimestamp || !appends.some(append => append.stampAppendTime)) &&
    previous.appends.length === appends.length &&
    previous.appends.every((append, index) => append === appends[index])
  );
}

interface JoinedBatches {
  readonly bytes: Uint8Array;
  readonly maxTimestamp: number;
}

/** The batches end to end; those of a LogAppendTime topic are stamped, the others stay byte for byte. */
function joinBatches(appends: readonly Append[], appendTime: number): JoinedBatches {
  return asItIs(appends) ?? copied(appends, appendTime);
}

/** A batch that comes alone needs no copy. */
function asItIs([first, ...others]: readonly Append[]): JoinedBatches | undefined {
  const [batch, ...more] = first?.batches ?? [];
  const isAlone = others.length === 0 && more.length === 0;
  return batch && isAlone && !first?.stampAppendTime ? batch : undefined;
}

function copied(appends: readonly Append[], appendTime: number): JoinedBatches {
  const bytes = Buffer.allocUnsafe(appends.reduce((size, append) => size + sizeOf(append), 0));
  let maxTimestamp = -1;
  let position = 0;
  for (const { batches, stampAppendTime } of appends) {
    for (const batch of batches) {
      bytes.set(batch.bytes, position);
      const end = position + batch.bytes.byteLength;
      if (stampAppendTime) stampLogAppendTime(bytes.subarray(position, end), appendTime);
      maxTimestamp = Math.max(maxTimestamp, stampAppendTime ? appendTime : batch.maxTimestamp);
      position = end;
    }
  }
  return { bytes, maxTimestamp };
}

function layOut(batches: readonly AppendBatch[]): { count: number; producers: ProducerBatch[] } {
  const producers: ProducerBatch[] = [];
  let count = 0;
  for (const batch of batches) {
    if (batch.producer) producers.push({ ...batch.producer, position: count, count: batch.count });
    count += batch.count;
  }
  return { count, producers };
}
