/** A record: a key, a value and headers, all bytes, with a timestamp; in a log it also has an offset. */

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record that has no offset yet. */
export interface NewRecord {
  /** Milliseconds since the epoch; -1 is Kafka's "no timestamp". */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  /** Null is a tombstone: on a compacted topic it deletes the key. */
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** A record of a log. Its key and value are views of the bytes it was decoded from: copy what outlives them. */
export interface LogRecord extends NewRecord {
  readonly offset: number;
}
