import type { ByteRange, ObjectStore, ObjectSummary } from '../../ports/object-store.ts';
import { checkObjectKey } from '../object-key.ts';
import { compareUtf8 } from '../utf8-order.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly lastModified: number;
}

export interface MemoryObjectStoreOptions {
  /** The store's own clock, for `lastModified`. */
  readonly now?: () => number;
}

/** The object store in memory, for unit tests and the simulator. Each call takes effect before its promise is returned. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  readonly #now: () => number;

  constructor(options: MemoryObjectStoreOptions = {}) {
    this.#now = options.now ?? Date.now;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    checkObjectKey(key);
    this.#objects.set(key, { bytes: Uint8Array.from(bytes), lastModified: this.#now() });
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    checkObjectKey(key);
    return this.#objects.get(key)?.bytes.slice(range?.start, range?.end);
  }

  async delete(keys: readonly string[]): Promise<void> {
    keys.forEach(checkObjectKey);
    for (const key of keys) this.#objects.delete(key);
  }

  async *list(prefix: string): AsyncGenerator<ObjectSummary> {
    const keys = [...this.#objects.keys()].filter(key => key.startsWith(prefix)).sort(compareUtf8);
    for (const key of keys) {
      const object = this.#objects.get(key);
      // deleted since the listing began
      if (object === undefined) continue;
      yield { key, sizeInBytes: object.bytes.length, lastModified: object.lastModified };
    }
  }
}
