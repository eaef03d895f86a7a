/**
 * Counts what goes through the two ports: every call is one request to DynamoDB or S3, and its units follow from the items
 * it carried.
 */
import type { ItemTable } from '../../lib/ports/item-table.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import { itemBytes, readUnits, writeUnits } from './units.ts';

export interface Usage {
  /** Conditional writes, those that lost their race included. */
  readonly writes: number;
  /** Of the writes. */
  readonly deletes: number;
  /** Creates that found their key taken. */
  readonly lostRaces: number;
  readonly writeUnits: number;
  readonly gets: number;
  readonly queries: number;
  readonly readUnits: number;
  readonly objectPuts: number;
  readonly objectGets: number;
  /** Of all objects, and parts of them, that were read. */
  readonly objectGetBytes: number;
}

type Counts = { -readonly [Name in keyof Usage]: number };

const nothing: Usage = {
  writes: 0,
  deletes: 0,
  lostRaces: 0,
  writeUnits: 0,
  gets: 0,
  queries: 0,
  readUnits: 0,
  objectPuts: 0,
  objectGets: 0,
  objectGetBytes: 0,
};

/** Requests to both services. */
export const requestsOf = ({ writes, gets, queries, objectPuts, objectGets }: Usage): number =>
  writes + gets + queries + objectPuts + objectGets;

/** The usage of so many times as much, or of a part. */
export function scaleUsage(usage: Usage, factor: number): Usage {
  const entries = Object.entries(usage).map(([name, value]) => [name, value * factor]);
  return { ...nothing, ...Object.fromEntries(entries) };
}

export const sumUsage = (usages: readonly Usage[]): Usage =>
  usages.reduce((sum, usage) => {
    const entries = Object.entries(sum).map(([name, value]) => [name, value + usage[name as keyof Usage]]);
    return { ...nothing, ...Object.fromEntries(entries) };
  }, nothing);

export class Meter {
  #usage: Counts = { ...nothing };
  #requestsTaken = 0;

  /** Requests to both services since the meter was made. */
  get requests(): number {
    return this.#requestsTaken + requestsOf(this.#usage);
  }

  /** What was counted since the last time this was asked. */
  take(): Usage {
    const usage = this.#usage;
    this.#requestsTaken += requestsOf(usage);
    this.#usage = { ...nothing };
    return usage;
  }

  table(inner: ItemTable): ItemTable {
    return {
      get: async key => {
        const item = await inner.get(key);
        this.#usage.gets++;
        this.#usage.readUnits += readUnits(item ? itemBytes(item) : 0);
        return item;
      },
      query: async (range, options) => {
        const page = await inner.query(range, options);
        this.#usage.queries++;
        this.#usage.readUnits += readUnits(page.items.reduce((sum, item) => sum + itemBytes(item), 0));
        return page;
      },
      create: async item => {
        const result = await inner.create(item);
        if (result.outcome === 'exists') this.#usage.lostRaces++;
        this.#write(itemBytes(item), itemBytes(result.item));
        return result;
      },
      replace: async (item, version) => {
        const result = await inner.replace(item, version);
        this.#write(itemBytes(item), result.item ? itemBytes(result.item) : 0);
        return result;
      },
      delete: async (key, version) => {
        const result = await inner.delete(key, version);
        this.#usage.deletes++;
        this.#write(result.outcome === 'stale' ? itemBytes(result.item) : 0, 0);
        return result;
      },
    };
  }

  objects(inner: ObjectStore): ObjectStore {
    return {
      put: async (key, bytes) => {
        await inner.put(key, bytes);
        this.#usage.objectPuts++;
      },
      get: async (key, range) => {
        const bytes = await inner.get(key, range);
        this.#usage.objectGets++;
        this.#usage.objectGetBytes += bytes?.byteLength ?? 0;
        return bytes;
      },
      delete: keys => inner.delete(keys),
      list: prefix => inner.list(prefix),
    };
  }

  /** A write counts by the larger of the item it brings and the one it meets, whether its condition holds or not. */
  #write(newBytes: number, storedBytes: number): void {
    this.#usage.writes++;
    this.#usage.writeUnits += writeUnits(Math.max(newBytes, storedBytes));
  }
}
