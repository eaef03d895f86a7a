/**
 * Whether what was read from a topic is what the file says, exactly: as many requests of each page, each visitor's requests
 * in one partition and in the file's order, and offsets without a gap.
 */
import { pageOf } from './access-log.ts';
import { type ActivityRecord, type StoredActivity, textOf } from './activity-record.ts';

/** What one partition gave, read from `from` to its end. */
export interface PartitionReading {
  readonly from: number;
  readonly records: readonly StoredActivity[];
}

export interface Audit {
  readonly records: number;
  readonly expectedRecords: number;
  readonly pages: number;
  readonly visitors: number;
  /** What disagrees, in words; nothing where all agrees. */
  readonly findings: readonly string[];
}

/** @param expected in the file's order @param readings by partition */
export function audit(expected: readonly ActivityRecord[], readings: readonly PartitionReading[]): Audit {
  const read = readings.flatMap(({ records }) => records);
  const pages = countByPage(expected);
  const visitors = textsByVisitor(expected);
  return {
    records: read.length,
    expectedRecords: expected.length,
    pages: pages.size,
    visitors: visitors.size,
    findings: [
      ...wrongCounts(pages, countByPage(read)),
      ...wrongOrders(visitors, textsByVisitor(read)),
      ...wanderers(readings),
      ...gaps(readings),
    ],
  };
}

/** Adds the records to `counts`. */
export function countByPage(records: readonly ActivityRecord[], counts = new Map<string, number>()) {
  for (const { value } of records) counts.set(pageOf(value), (counts.get(pageOf(value)) ?? 0) + 1);
  return counts;
}

/** The partition of each visitor: the first in which there is a record of it. */
export function partitionByVisitor(readings: readonly PartitionReading[]): Map<string, number> {
  const homes = new Map<string, number>();
  for (const [partition, { records }] of readings.entries())
    for (const { key } of records) if (!homes.has(key)) homes.set(key, partition);
  return homes;
}

export function wrongCounts(expected: ReadonlyMap<string, number>, read: ReadonlyMap<string, number>): string[] {
  const pages = new Set([...expected.keys(), ...read.keys()]);
  return [...pages]
    .filter(page => expected.get(page) !== read.get(page))
    .map(page => `page ${page}: ${expected.get(page) ?? 0} in the file, ${read.get(page) ?? 0} read`);
}

function textsByVisitor(records: readonly ActivityRecord[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const record of records) texts.set(record.key, `${texts.get(record.key) ?? ''}${textOf(record)}\n`);
  return texts;
}

function wrongOrders(expected: ReadonlyMap<string, string>, read: ReadonlyMap<string, string>): string[] {
  const visitors = new Set([...expected.keys(), ...read.keys()]);
  return [...visitors]
    .filter(visitor => expected.get(visitor) !== read.get(visitor))
    .map(visitor => `visitor ${visitor}: requests other than in the file, or in another order`);
}

function wanderers(readings: readonly PartitionReading[]): string[] {
  const homes = partitionByVisitor(readings);
  const strays = readings.flatMap(({ records }, partition) =>
    records.filter(({ key }) => homes.get(key) !== partition),
  );
  return [...new Set(strays.map(({ key }) => key))].map(visitor => `visitor ${visitor}: in more than one partition`);
}

/** The first gap of each partition. */
function gaps(readings: readonly PartitionReading[]): string[] {
  return readings.flatMap(({ from, records }, partition) => {
    const index = records.findIndex(({ offset }, position) => offset !== from + position);
    return index < 0
      ? []
      : [`partition ${partition}: offset ${records[index]?.offset} where ${from + index} comes next`];
  });
}
