/**
 * The item table on LMDB, shared by all processes that have opened the same folder.
 *
 * The commit point of a write is LMDB's own transaction: its condition is checked under the lock of all writing processes,
 * and its promise resolves once the transaction has been synced to disk. Writes that come while another is being synced
 * wait together and share the next sync.
 */
import { setImmediate } from 'node:timers/promises';
import type { Database } from 'lmdb';
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
import { MillraceError } from '../../protocol/errors.ts';
import { checkItem, checkKey, checkRange } from '../check-item.ts';
import { isOwnCreate, isOwnReplace } from '../lost-reply.ts';
import { messageOf } from './caught-error.ts';
import { decodeItem } from './decode-item.ts';
import { encodeItem } from './encode-item.ts';
import { decodeItemKey, encodeItemKey, encodeKeyAfter } from './item-key-bytes.ts';
import { durably } from './lmdb-commit.ts';
import type { OpeningGate } from './opening-gate.ts';

/** Where a query's page ends, so that a query neither blocks the process nor fills its memory. */
const PAGE_SIZE_IN_BYTES = 1024 * 1024;

/** Items that are looked at in one turn of the event loop. */
const SLICE_ITEMS = 1_000;

export type ItemDatabase = Database<Uint8Array, Uint8Array>;

/** How LMDB is to keep a table: bytes under bytes, each with its version. */
export const itemDatabaseOptions = { encoding: 'binary', keyEncoding: 'binary', useVersions: true } as const;

export class LmdbItemTable implements ItemTable {
  readonly #database: ItemDatabase;
  readonly #gate: OpeningGate;

  constructor(database: ItemDatabase, gate: OpeningGate) {
    this.#database = database;
    this.#gate = gate;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    checkKey(key);
    return this.#read(key);
  }

  async create(item: NewItem): Promise<CreateResult> {
    checkItem(item);
    const key = encodeItemKey(item);
    const value = encodeItem(item);
    for (;;) {
      const created = await this.#commit(() => this.#database.ifNoExists(key, () => this.#database.put(key, value, 1)));
      if (created) return { outcome: 'created', item: { ...item, version: 1 } };
      const stored = this.#read(item);
      if (stored !== undefined) return { outcome: isOwnCreate(stored, item) ? 'created' : 'exists', item: stored };
      // deleted meanwhile: the key is free again
    }
  }

  async replace(item: NewItem, version: number): Promise<ReplaceResult> {
    checkItem(item);
    const key = encodeItemKey(item);
    const value = encodeItem(item);
    for (;;) {
      const replaced = await this.#commit(() => this.#database.put(key, value, version + 1, version));
      if (replaced) return { outcome: 'replaced', item: { ...item, version: version + 1 } };
      const stored = this.#read(item);
      if (stored === undefined) return { outcome: 'stale', item: undefined };
      if (isOwnReplace(stored, item, version)) return { outcome: 'replaced', item: stored };
      if (stored.version !== version) return { outcome: 'stale', item: stored };
      // deleted and created anew meanwhile: the condition holds again
    }
  }

  async delete(key: ItemKey, version: number): Promise<DeleteResult> {
    checkKey(key);
    for (;;) {
      const deleted = await this.#commit(() => this.#database.remove(encodeItemKey(key), version));
      if (deleted) return { outcome: 'deleted' };
      const stored = this.#read(key);
      if (stored === undefined) return { outcome: 'deleted' };
      if (stored.version !== version) return { outcome: 'stale', item: stored };
    }
  }

  async query(range: QueryRange, options: QueryOptions = {}): Promise<QueryPage> {
    checkRange(range);
    return this.#latest(() => {
      const items: Item[] = [];
      let sizeInBytes = 0;
      for (const { key, value, version = 0 } of this.#range(range, options)) {
        sizeInBytes += key.length + value.length;
        if (items.length > 0 && sizeInBytes > PAGE_SIZE_IN_BYTES) return { items, more: true };
        items.push({ ...decodeItemKey(key), ...decodeItem(value), version });
      }
      return { items, more: items.length === options.limit };
    });
  }

  /**
   * Deletes the items that have expired by `now`, in milliseconds since the epoch, a few at a time, until it is told to stop; one
   * that was replaced meanwhile stays.
   */
  async dropExpired(now: number, isStopped: () => boolean): Promise<void> {
    for (let start: Uint8Array | undefined; !isStopped(); await setImmediate()) {
      const keys: { readonly key: Uint8Array; readonly version: number }[] = [];
      let last: Uint8Array | undefined;
      let looked = 0;
      for (const { key, value, version = 0 } of this.#latest(() => this.#slice(start))) {
        last = key;
        looked++;
        if ((decodeItem(value).expiresAt ?? Number.POSITIVE_INFINITY) < now)
          keys.push({ key: Buffer.from(key), version });
      }
      await Promise.all(keys.map(({ key, version }) => this.#commit(() => this.#database.remove(key, version))));
      if (!last || looked < SLICE_ITEMS) return;
      start = Buffer.concat([last, Buffer.of(0)]);
    }
  }

  #slice(start: Uint8Array | undefined) {
    return [...this.#database.getRange({ ...(start && { start }), limit: SLICE_ITEMS, versions: true })];
  }

  #commit(write: () => Promise<boolean>): Promise<boolean> {
    return durably(this.#gate, write);
  }

  #read(key: ItemKey): Item | undefined {
    return this.#latest(() => {
      const entry = this.#database.getEntry(encodeItemKey(key));
      if (entry === undefined) return undefined;
      return { pk: key.pk, sk: key.sk, ...decodeItem(entry.value), version: entry.version ?? 0 };
    });
  }

  #range({ pk, from, to }: QueryRange, { reverse = false, limit = Infinity }: QueryOptions) {
    const first = encodeItemKey({ pk, sk: from });
    const last = { pk, sk: to };
    const bounds = reverse
      ? { reverse, start: encodeItemKey(last), end: first, inclusiveEnd: true }
      : { start: first, end: encodeKeyAfter(last) };
    return this.#database.getRange({ ...bounds, limit, versions: true });
  }

  /**
   * Reads what is committed now. LMDB by itself reads one snapshot per turn of the event loop, and another process may have
   * committed since it was taken.
   */
  #latest<T>(read: () => T): T {
    try {
      this.#database.resetReadTxn();
      return read();
    } catch (cause) {
      if (cause instanceof MillraceError) throw cause;
      throw new MillraceError('STORE_UNAVAILABLE', `the local store failed to read: ${messageOf(cause)}`, { cause });
    }
  }
}
