/**
 * The item table in memory, for unit tests and the simulator.
 *
 * Each call takes effect at once, before its promise is returned, so a run is as deterministic as its caller. It is as
 * unhelpful as DynamoDB: pages end at a size, and a page cut by its limit says `more` though nothing may follow.
 */
import type {
  CreateResult,
  DeleteResult,
  Item,
  ItemKey,
  ItemTable,
  NewItem,
  QueryOptions,
  QueryPage,
  QueryRange,
  ReplaceResult,
} from '../../ports/item-table.ts';
import { checkItem, checkKey, checkRange } from '../check-item.ts';
import { isOwnCreate, isOwnReplace } from '../lost-reply.ts';
import { compareUtf8 } from '../utf8-order.ts';
import { copyItem } from './copy.ts';
import { itemSizeInBytes } from './item-size.ts';

export interface MemoryItemTableOptions {
  /** Where a query's page ends, as DynamoDB's does at 1 MB. */
  readonly pageSizeInBytes?: number;
}

export class MemoryItemTable implements ItemTable {
  /** The items of each partition key, in sort-key order. */
  readonly #partitions = new Map<string, Item[]>();
  readonly #pageSizeInBytes: number;

  constructor(options: MemoryItemTableOptions = {}) {
    this.#pageSizeInBytes = options.pageSizeInBytes ?? 1024 * 1024;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    checkKey(key);
    const stored = this.#find(key);
    return stored && copyItem(stored, stored.version);
  }

  async create(item: NewItem): Promise<CreateResult> {
    checkItem(item);
    const stored = this.#find(item);
    if (stored !== undefined) {
      const outcome = isOwnCreate(stored, item) ? 'created' : 'exists';
      return { outcome, item: copyItem(stored, stored.version) };
    }
    const items = this.#partition(item.pk);
    items.splice(lowerBound(items, item.sk), 0, copyItem(item, 1));
    return { outcome: 'created', item: copyItem(item, 1) };
  }

  async replace(item: NewItem, version: number): Promise<ReplaceResult> {
    checkItem(item);
    const stored = this.#find(item);
    if (stored === undefined) return { outcome: 'stale', item: undefined };
    if (stored.version !== version) {
      const outcome = isOwnReplace(stored, item, version) ? 'replaced' : 'stale';
      return { outcome, item: copyItem(stored, stored.version) };
    }
    const items = this.#partition(item.pk);
    items[lowerBound(items, item.sk)] = copyItem(item, version + 1);
    return { outcome: 'replaced', item: copyItem(item, version + 1) };
  }

  async delete(key: ItemKey, version: number): Promise<DeleteResult> {
    checkKey(key);
    const stored = this.#find(key);
    if (stored === undefined) return { outcome: 'deleted' };
    if (stored.version !== version) return { outcome: 'stale', item: copyItem(stored, stored.version) };
    const items = this.#partition(key.pk);
    items.splice(lowerBound(items, key.sk), 1);
    return { outcome: 'deleted' };
  }

  async query(range: QueryRange, options: QueryOptions = {}): Promise<QueryPage> {
    checkRange(range);
    const items = this.#partitions.get(range.pk) ?? [];
    const last = lowerBound(items, range.to);
    const matches = items.slice(lowerBound(items, range.from), items[last]?.sk === range.to ? last + 1 : last);
    if (options.reverse) matches.reverse();
    const count = pageLength(matches, options.limit ?? Infinity, this.#pageSizeInBytes);
    return {
      items: matches.slice(0, count).map(item => copyItem(item, item.version)),
      more: count < matches.length || count === options.limit,
    };
  }

  /** Drops the items that expired at or before `now`, as DynamoDB's TTL does at a time of its choosing. */
  dropExpired(now: number): void {
    for (const [pk, items] of this.#partitions) {
      this.#partitions.set(
        pk,
        items.filter(item => item.expiresAt === undefined || item.expiresAt > now),
      );
    }
  }

  /** Every item as it is stored, for tests that look behind the port. */
  all(): readonly Item[] {
    return [...this.#partitions.values()].flat();
  }

  #find({ pk, sk }: ItemKey): Item | undefined {
    const items = this.#partitions.get(pk) ?? [];
    const item = items[lowerBound(items, sk)];
    return item?.sk === sk ? item : undefined;
  }

  #partition(pk: string): Item[] {
    const items = this.#partitions.get(pk) ?? [];
    this.#partitions.set(pk, items);
    return items;
  }
}

/** The index of the first item whose sort key is `sk` or above. */
function lowerBound(items: readonly Item[], sk: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && compareUtf8(item.sk, sk) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many items fit the page: at least one, whatever its size. */
function pageLength(items: readonly Item[], limit: number, pageSizeInBytes: number): number {
  let count = 0;
  let sizeInBytes = 0;
  for (const item of items) {
    sizeInBytes += itemSizeInBytes(item);
    if (count === limit || (count > 0 && sizeInBytes > pageSizeInBytes)) break;
    count++;
  }
  return count;
}
