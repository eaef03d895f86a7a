/**
 * A log entry: one append, write-once, at the key of its base offset. The conditional write that creates it is the commit
 * of every record in it.
 *
 * Its record batches are stored as they came: the offsets in their headers mean nothing until a reader stamps them with
 * those that the entry's key gives.
 */

/** A batch of an idempotent producer within an entry. */
export interface ProducerBatch {
  /** Offset of its first record, counted from the entry's base offset. */
  readonly position: number;
  readonly producerId: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly count: number;
}

/** Where the entry's batches are, end to end. */
export type EntryPayload = InlinePayload | ObjectPayload;

export interface InlinePayload {
  readonly kind: 'inline';
  readonly bytes: Uint8Array;
  readonly sizeInBytes: number;
}

export interface ObjectPayload {
  readonly kind: 'object';
  readonly objectKey: string;
  /** When the object's PUT was sent, by the writer's wall clock in milliseconds. */
  readonly putAt: number;
  readonly sizeInBytes: number;
}

export interface LogEntry {
  readonly baseOffset: number;
  readonly writeId: string;
  /** How many offsets it takes. */
  readonly count: number;
  /** The largest timestamp of its records, in milliseconds since the epoch. */
  readonly maxTimestamp: number;
  /** When its writer made it, by the writer's wall clock in milliseconds. */
  readonly createdAt: number;
  /** Bytes of all batches that were ever in the log, up to its own end. */
  readonly logBytes: number;
  readonly producers: readonly ProducerBatch[];
  readonly payload: EntryPayload;
}

/** The offset that follows the entry's last. */
export const nextOffsetAfter = (entry: LogEntry): number => entry.baseOffset + entry.count;
