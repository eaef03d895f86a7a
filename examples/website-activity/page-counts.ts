/**
 * What `page-counts` holds: for each page how often it was viewed. Partition by partition: what is counted in partition 0 is what
 * `click-0` holds, and a page's views are the sum of its counts in all of them.
 */
import type { ReadRecord } from '../../lib/client/api-shapes.ts';
import { wrongCounts } from './audit.ts';

/** The key under which the function says how many batches it was given; a page begins with a slash. */
export const BATCHES = 'batches';

export interface PageCount {
  readonly views: number;
  /** Of the last click that is counted: it and those before it are, and count no more where they come again. */
  readonly offset: number;
}

export interface BatchCount {
  readonly batches: number;
  /** Those of which all had been counted before. */
  readonly again: number;
}

export type StoredCount = { readonly offset: number } & (
  | { readonly key: typeof BATCHES; readonly value: BatchCount }
  /** A page. */
  | { readonly key: string; readonly value: PageCount }
);

/** One reading of the topic, against the file. */
export interface CountsCheck {
  readonly reading: string;
  readonly records: number;
  /** Of its segments. */
  readonly sizeInBytes: number;
  readonly pages: number;
  readonly views: number;
  /** What disagrees, in words; nothing where all agrees. */
  readonly findings: readonly string[];
}

export const countsTopicOf = (topic: string): string => topic.replace(/^click/, 'page-counts');

/** The table that records make, whichever partition they come from. */
export class CountsTable {
  readonly #pages = new Map<string, PageCount>();
  readonly #batches = new Map<number, BatchCount>();
  #views = 0;

  /** Adds what comes next in a partition. */
  add(partition: number, records: readonly StoredCount[]): void {
    for (const { key, value } of records) {
      if ('batches' in value) this.#batches.set(partition, value);
      else this.#count(`${partition} ${key}`, value);
    }
  }

  /** How often each page was viewed. */
  get views(): ReadonlyMap<string, number> {
    const views = new Map<string, number>();
    for (const [place, count] of this.#pages) {
      const page = place.slice(place.indexOf(' ') + 1);
      views.set(page, (views.get(page) ?? 0) + count.views);
    }
    return views;
  }

  get totalViews(): number {
    return this.#views;
  }

  /** Of all partitions. */
  get batches(): BatchCount {
    const counts = [...this.#batches.values()];
    return {
      batches: counts.reduce((sum, { batches }) => sum + batches, 0),
      again: counts.reduce((sum, { again }) => sum + again, 0),
    };
  }

  /** Keys of all partitions: as many records are left when all of them are compacted. */
  get keys(): number {
    return this.#pages.size + this.#batches.size;
  }

  #count(place: string, count: PageCount): void {
    this.#views += count.views - (this.#pages.get(place)?.views ?? 0);
    this.#pages.set(place, count);
  }
}

export function tableOfCounts(partitions: readonly (readonly StoredCount[])[]): CountsTable {
  const table = new CountsTable();
  for (const [partition, records] of partitions.entries()) table.add(partition, records);
  return table;
}

export interface CountsReading {
  readonly reading: string;
  readonly partitions: readonly (readonly StoredCount[])[];
  readonly sizeInBytes: number;
  readonly expectedRecords: number;
}

/** @param expected how often each page was viewed, by the file */
export function checkCounts(read: CountsReading, expected: ReadonlyMap<string, number>): CountsCheck {
  const { reading, partitions, sizeInBytes, expectedRecords } = read;
  const records = partitions.flat().length;
  const table = tableOfCounts(partitions);
  return {
    reading,
    records,
    sizeInBytes,
    pages: table.views.size,
    views: table.totalViews,
    findings: [
      ...(records === expectedRecords ? [] : [`${records} records, ${expectedRecords} expected`]),
      ...wrongCounts(expected, table.views),
      ...partitions.flatMap(wentBack),
    ],
  };
}

/** Pages whose count does not ascend. */
function wentBack(records: readonly StoredCount[], partition: number): string[] {
  const counts = new Map<string, PageCount>();
  const wrong = new Set<string>();
  for (const { key, value } of records) {
    if ('batches' in value) continue;
    const before = counts.get(key);
    if (before && (value.views <= before.views || value.offset <= before.offset)) wrong.add(key);
    counts.set(key, value);
  }
  return [...wrong].map(page => `partition ${partition}: the count of ${page} went back`);
}

/** @throws Error where a record is not one of ours */
export function checkCount(record: ReadRecord): StoredCount {
  if (isCount(record)) return record;
  throw new Error(`the record at offset ${record.offset} is no count: ${JSON.stringify(record).slice(0, 200)}`);
}

const isCount = (record: ReadRecord): record is ReadRecord & StoredCount =>
  typeof record.key === 'string' &&
  (record.key === BATCHES ? hasNumbers(record.value, 'batches', 'again') : hasNumbers(record.value, 'views', 'offset'));

const hasNumbers = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every(name => typeof (value as Readonly<Record<string, unknown>>)[name] === 'number');
