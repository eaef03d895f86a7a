/**
 * The limits of what the embedded store stands on: the same bytes straight into LMDB, straight out of it, and off the disk,
 * without Millrace's items, checks and offsets.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { encodeItemKey } from '../../lib/adapters/embedded/item-key-bytes.ts';
import { type ItemDatabase, itemDatabaseOptions } from '../../lib/adapters/embedded/item-table.ts';
import { lastEntrySk } from '../../lib/log/catalogue.ts';
import type { FilledLog } from './filled-log.ts';
import type { Client } from './load.ts';

/** Synced conditional creates, as the embedded store's, of values under keys that count up. */
export class RawStore {
  readonly #environment: RootDatabase;
  readonly #database: ItemDatabase;
  #next = 0;

  constructor(folder: string) {
    this.#environment = open({ path: folder, overlappingSync: false });
    this.#database = this.#environment.openDB('raw', itemDatabaseOptions);
  }

  /** Resolves once the value is on disk. */
  async create(value: Uint8Array): Promise<void> {
    const key = Buffer.from(String(this.#next++).padStart(20, '0'));
    const created = await this.#database.ifNoExists(key, () => this.#database.put(key, value, 1));
    if (!created) throw new Error(`key ${key} was taken`);
  }

  close(): Promise<void> {
    return this.#environment.close();
  }
}

/** Reads the log's entries straight from LMDB, as many at a time as fill a page, from the start again at the end. */
export function lmdbReader(dataFolder: string, log: FilledLog, pageBytes: number): Client & AsyncDisposable {
  const environment = open({ path: join(dataFolder, 'items'), readOnly: true });
  const entries: ItemDatabase = environment.openDB('log', itemDatabaseOptions);
  const first = encodeItemKey({ pk: log.logKey, sk: '' });
  const end = encodeItemKey({ pk: log.logKey, sk: lastEntrySk });
  const limit = Math.max(1, Math.floor(pageBytes / log.batchBytes));
  let start: Uint8Array = first;
  const read = async () => {
    let bytes = 0;
    let count = 0;
    for (const { key, value } of entries.getRange({ start, end, limit })) {
      bytes += value.byteLength;
      count++;
      if (count === limit) start = Buffer.concat([key, Buffer.of(0)]);
    }
    if (count < limit) start = first;
    return { records: count * log.batchRecords, bytes };
  };
  return Object.assign(read, { [Symbol.asyncDispose]: () => environment.close() });
}

/** Reads the log's batches off a flat file, a page at a time, from the start again at the end. */
export function diskReader(log: FilledLog, pageBytes: number): Client & AsyncDisposable {
  const { file, fileBytes, records } = log;
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.allocUnsafe(pageBytes);
  let position = 0;
  const read = async () => {
    const bytes = readSync(descriptor, buffer, 0, pageBytes, position);
    position = position + bytes >= fileBytes ? 0 : position + bytes;
    return { records: (records * bytes) / fileBytes, bytes };
  };
  return Object.assign(read, { [Symbol.asyncDispose]: async () => closeSync(descriptor) });
}
