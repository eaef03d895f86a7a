/**
 * The port to conditional storage: one item per key, changed only under a condition.
 *
 * Everything kept here is one of two things: **write-once** (created, never replaced but for its expiry) or a **versioned
 * cell** (created, then replaced or deleted only by who names the version it read). There are no transactions, counters
 * or indexes, so the same protocols run unchanged on DynamoDB, on LMDB and in a simulator.
 *
 * Lost replies: every write carries a `writeId`. Where a condition fails because this very write was already applied (the
 * reply was lost and the call repeated), the adapter answers that it was applied.
 *
 * Failures: an adapter throws `MillraceError` and nothing else. `outcome: 'not-applied'` says that the write has no effect
 * and will never have one; `'unknown'` that it may have been applied, or may yet be.
 */

/** What an item's attributes may hold. DynamoDB's own types, less its sets. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };

export type Attributes = { readonly [name: string]: AttributeValue };

export interface ItemKey {
  /** Partition key: items that are queried together share it. */
  readonly pk: string;
  /** Sort key: orders the items of one `pk`, compared as UTF-8 bytes. */
  readonly sk: string;
}

/** An item to be written. The table gives it its version. */
export interface NewItem extends ItemKey {
  /** Unique per logical write, the same in every retry of it. */
  readonly writeId: string;
  readonly attributes: Attributes;
  /** Milliseconds since the epoch after which the store may drop the item, at any time or never. */
  readonly expiresAt?: number;
}

export interface Item extends NewItem {
  /** 1 when created, one more at every replacement. A recreated item starts at 1 again. */
  readonly version: number;
}

export type CreateResult =
  | { readonly outcome: 'created'; readonly item: Item }
  | { readonly outcome: 'exists'; readonly item: Item };

export type ReplaceResult =
  | { readonly outcome: 'replaced'; readonly item: Item }
  | { readonly outcome: 'stale'; readonly item: Item | undefined };

export type DeleteResult = { readonly outcome: 'deleted' } | { readonly outcome: 'stale'; readonly item: Item };

export interface QueryRange {
  readonly pk: string;
  /** First sort key of the range, itself included. */
  readonly from: string;
  /** Last sort key of the range, itself included. */
  readonly to: string;
}

export interface QueryOptions {
  /** From the end of the range towards its start. */
  readonly reverse?: boolean;
  /** At most so many items; the store may return fewer and say `more`. */
  readonly limit?: number;
}

export interface QueryPage {
  readonly items: readonly Item[];
  /** Whether the range may hold items past the last one returned. */
  readonly more: boolean;
}

export interface ItemTable {
  /** The item at `key`, strongly consistent. */
  get(key: ItemKey): Promise<Item | undefined>;

  /** Creates the item, or answers `exists` with the item that holds its key. */
  create(item: NewItem): Promise<CreateResult>;

  /** Replaces the item whose stored version is `version`, or answers `stale` with what is stored now. */
  replace(item: NewItem, version: number): Promise<ReplaceResult>;

  /** Deletes the item whose stored version is `version`; an absent item counts as deleted. */
  delete(key: ItemKey, version: number): Promise<DeleteResult>;

  /** One page of the items of a range in sort-key order, strongly consistent. */
  query(range: QueryRange, options?: QueryOptions): Promise<QueryPage>;
}
