/**
 * The port to bulk storage: immutable objects under keys that are never used again, once deleted or not.
 *
 * Because a key is never reused, a `put` whose reply was lost may be repeated with the same bytes: nobody can tell the
 * difference. A reader that holds a key from an item sees the whole object or, once swept, none.
 *
 * Failures are `MillraceError`, as in the item table.
 */

export interface ByteRange {
  /** First byte, counted from 0. */
  readonly start: number;
  /** One past the last byte; a range that reaches past the end is cut there. */
  readonly end: number;
}

export interface ObjectSummary {
  readonly key: string;
  readonly sizeInBytes: number;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly lastModified: number;
}

export interface ObjectStore {
  /** Stores the object durably before it answers. */
  put(key: string, bytes: Uint8Array): Promise<void>;

  /** The object's bytes, or those of the range; `undefined` when there is no such object. */
  get(key: string, range?: ByteRange): Promise<Uint8Array | undefined>;

  /** Deletes the objects; those that are absent count as deleted. */
  delete(keys: readonly string[]): Promise<void>;

  /** Every object whose key starts with `prefix`, in key order. */
  list(prefix: string): AsyncIterable<ObjectSummary>;
}
