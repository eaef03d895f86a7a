/**
 * The records of a fetch as JSON, cut between records so that the answer stays within its limits, but never below one.
 *
 * A record that cannot be written in the format asked for ends the answer before it; if it would be the first, it is the
 * answer. So a reader always reaches it, is told its offset, and can go on behind it.
 */
import type { StoredBatch } from '../log/load-batches.ts';
import type { LogRecord } from '../record/record.ts';
import { DecodeBudget, decodeRecords } from './decode-records.ts';
import {
  DeserializationError,
  type RecordStyle,
  RecordTooLargeError,
  type SizedText,
  writeRecord,
} from './write-record.ts';

const COMMA_BYTES = 1;

/** What an answer may still hold; the partitions of one request share it. */
export class AnswerRoom {
  readonly budget = new DecodeBudget();
  #jsonBytes: number;
  #dataBytes: number;
  #hasRecord = false;

  /**
   * @param jsonBytes of records as they are written
   * @param dataBytes of their keys and values
   */
  constructor(jsonBytes: number, dataBytes: number) {
    this.#jsonBytes = jsonBytes;
    this.#dataBytes = dataBytes;
  }

  /** Takes a record's part of the room if it fits; the first of all does, whatever its size. */
  take(jsonBytes: number, dataBytes: number, maxDataBytes: number): boolean {
    const fits = jsonBytes <= this.#jsonBytes && dataBytes <= Math.min(this.#dataBytes, maxDataBytes);
    if (!fits && this.#hasRecord) return false;
    this.#jsonBytes -= jsonBytes;
    this.#dataBytes -= dataBytes;
    this.#hasRecord = true;
    return true;
  }
}

export interface WriteRecordsParams extends RecordStyle {
  readonly batches: readonly StoredBatch[];
  readonly offset: number;
  /** The offset to ask for once all batches are written. */
  readonly nextOffset: number;
  /** Largest sum of keys and values. */
  readonly maxDataBytes: number;
  readonly room: AnswerRoom;
}

export interface WrittenRecords {
  /** A JSON array. */
  readonly json: string;
  readonly nextOffset: number;
}

/** @throws DeserializationError, RecordTooLargeError, each only for the first record */
export function writeRecords(params: WriteRecordsParams): WrittenRecords {
  const { room } = params;
  const written: string[] = [];
  let { offset, maxDataBytes } = params;
  const upTo = (nextOffset: number) => ({ json: `[${written.join(',')}]`, nextOffset });
  for (const batch of params.batches) {
    if (room.budget.isSpent) return upTo(offset);
    for (const record of decodeRecords(batch, offset, room.budget)) {
      const text = tryWrite(record, params, written.length > 0);
      const dataBytes = (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0);
      if (text === undefined || !room.take(text.sizeInBytes + COMMA_BYTES, dataBytes, maxDataBytes)) {
        return upTo(record.offset);
      }
      written.push(text.text);
      maxDataBytes -= dataBytes;
    }
    offset = batch.nextOffset;
  }
  return upTo(params.nextOffset);
}

/** The record's text; `undefined` for one that cannot be written, and is not the first. */
function tryWrite(record: LogRecord, style: RecordStyle, hasOthers: boolean): SizedText | undefined {
  try {
    return writeRecord(record, style);
  } catch (error) {
    const isOfRecord = error instanceof DeserializationError || error instanceof RecordTooLargeError;
    if (isOfRecord && hasOthers) return undefined;
    throw error;
  }
}
