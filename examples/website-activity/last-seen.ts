/**
 * What `last-seen` holds: for each visitor the last page and its time, and a tombstone once a visitor was unseen for long. Read
 * from its start, the topic is a table of the visitors who are about.
 */
import type { JsonRecord, ReadRecord } from '../../lib/client/api-shapes.ts';
import { type LoggedRequest, pageOf } from './access-log.ts';

/** By the log's own time, a visitor is forgotten after a day. */
export const UNSEEN_MS = 24 * 60 * 60_000;

export interface Sighting {
  readonly page: string;
  /** ISO 8601, in UTC. */
  readonly time: string;
}

export interface SeenRecord extends JsonRecord {
  /** The visitor. */
  readonly key: string;
  /** Null where the visitor is forgotten. */
  readonly value: Sighting | null;
  readonly timestamp: number;
}

export interface StoredSeen extends SeenRecord {
  readonly offset: number;
}

export type SeenTable = ReadonlyMap<string, Sighting>;

/** Turns requests into records, one after the other. */
export class LastSeen {
  /** Who was seen longest ago comes first. */
  readonly #seenAt = new Map<string, number>();
  #now = 0;

  /** A tombstone for each visitor who has become unseen for long, then the visitor of the request. */
  *after(request: LoggedRequest): Generator<SeenRecord> {
    const timestamp = Date.parse(request.time);
    // the log is not quite in the order of time
    this.#now = Math.max(this.#now, timestamp);
    for (const [visitor, seenAt] of this.#seenAt) {
      if (this.#now - seenAt < UNSEEN_MS) break;
      this.#seenAt.delete(visitor);
      yield { key: visitor, value: null, timestamp: this.#now };
    }
    this.#seenAt.delete(request.visitor);
    this.#seenAt.set(request.visitor, timestamp);
    yield { key: request.visitor, value: { page: pageOf(request), time: request.time }, timestamp };
  }
}

/** The table that records make, in their order. */
export function tableOf(records: readonly SeenRecord[], table = new Map<string, Sighting>()): Map<string, Sighting> {
  for (const { key, value } of records) {
    table.delete(key);
    // who was seen last comes last
    if (value) table.set(key, value);
  }
  return table;
}

/** @throws Error where a record is not one of ours */
export function checkSeen(record: ReadRecord): StoredSeen {
  if (isSeen(record)) return record;
  throw new Error(`the record at offset ${record.offset} is no sighting: ${JSON.stringify(record).slice(0, 200)}`);
}

const isSeen = (record: ReadRecord): record is StoredSeen =>
  typeof record.key === 'string' &&
  (record.value === null ||
    (typeof record.value === 'object' &&
      'page' in record.value &&
      typeof record.value.page === 'string' &&
      'time' in record.value &&
      typeof record.value.time === 'string'));
