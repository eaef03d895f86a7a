/** One record's bytes; `record-cursor.ts` describes them. */
import type { NewRecord } from './record.ts';
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.ts';

/** The attributes' byte, and the most that the length, the two deltas and the count of headers take. */
const MAX_RECORD_OVERHEAD = 1 + 5 + 8 + 5 + 5;

/** A record that has its place in a batch, and so its size. */
export interface PlacedRecord {
  readonly record: NewRecord;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  /** What its length says: the bytes after the length. */
  readonly bodySize: number;
}

/**
 * The most bytes that a record takes in a batch before compression. A producer adds them up, and `batchOverheadInBytes`
 * once, to know when a batch is full without encoding it.
 */
export const recordSizeInBytes = (record: NewRecord): number => MAX_RECORD_OVERHEAD + sizeOfFields(record);

export function placeRecord(record: NewRecord, timestampDelta: number, offsetDelta: number): PlacedRecord {
  const sizeOfDeltas = sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta);
  const bodySize = 1 + sizeOfDeltas + sizeOfVarint(record.headers.length) + sizeOfFields(record);
  return { record, timestampDelta, offsetDelta, bodySize };
}

/** How many bytes `writeRecord` writes. */
export const sizeOfRecord = ({ bodySize }: PlacedRecord): number => sizeOfVarint(bodySize) + bodySize;

/** Writes a record at `at`; returns where the next one goes. */
export function writeRecord(target: Buffer, at: number, placed: PlacedRecord): number {
  const { key, value, headers } = placed.record;
  let next = writeVarint(target, at, placed.bodySize);
  target[next++] = 0; // attributes
  next = writeVarlong(target, next, placed.timestampDelta);
  next = writeVarint(target, next, placed.offsetDelta);
  next = writeBytes(target, next, key);
  next = writeBytes(target, next, value);
  next = writeVarint(target, next, headers.length);
  for (const header of headers) {
    next = writeVarint(target, next, Buffer.byteLength(header.key));
    next += target.write(header.key, next);
    next = writeBytes(target, next, header.value);
  }
  return next;
}

function sizeOfFields({ key, value, headers }: NewRecord): number {
  let size = sizeOfBytes(key) + sizeOfBytes(value);
  for (const header of headers) {
    const keyLength = Buffer.byteLength(header.key);
    size += sizeOfVarint(keyLength) + keyLength + sizeOfBytes(header.value);
  }
  return size;
}

const sizeOfBytes = (bytes: Uint8Array | null): number =>
  bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length;

function writeBytes(target: Uint8Array, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(target, at, -1);
  const next = writeVarint(target, at, bytes.length);
  target.set(bytes, next);
  return next + bytes.length;
}
