/** Whether what was read of `last-seen` makes the table that the file makes. */
import { type SeenRecord, type SeenTable, type StoredSeen, tableOf } from './last-seen.ts';

/** One reading of the topic, against the file. */
export interface SeenCheck {
  readonly reading: string;
  readonly records: number;
  /** Of its segments; nothing where not all of it is rolled. */
  readonly sizeInBytes: number | undefined;
  readonly visitors: number;
  /** Tombstones that are the last record of their visitor. */
  readonly forgotten: number;
  /** What disagrees, in words; nothing where all agrees. */
  readonly findings: readonly string[];
}

/** The last record of each visitor. */
export const lastOf = (records: readonly SeenRecord[]): readonly SeenRecord[] => [
  ...new Map(records.map(record => [record.key, record])).values(),
];

/** @param expected the records that must be there, in the order in which each visitor's were produced */
export function checkReading(
  reading: string,
  partitions: readonly (readonly StoredSeen[])[],
  expected: readonly SeenRecord[],
): SeenCheck {
  const read = partitions.flat();
  const newest = lastOf(read);
  const table = tableOf(read);
  return {
    reading,
    records: read.length,
    sizeInBytes: undefined,
    visitors: table.size,
    forgotten: newest.filter(({ value }) => value === null).length,
    findings: [
      ...(read.length === expected.length ? [] : [`${read.length} records, ${expected.length} expected`]),
      ...wrongVisitors(table, tableOf(expected)),
      ...partitions.flatMap(outOfOrder),
    ],
  };
}

function wrongVisitors(read: SeenTable, expected: SeenTable): string[] {
  const textOf = (table: SeenTable, visitor: string) => JSON.stringify(table.get(visitor)) ?? 'forgotten';
  return [...new Set([...read.keys(), ...expected.keys()])]
    .filter(visitor => textOf(read, visitor) !== textOf(expected, visitor))
    .map(visitor => `visitor ${visitor}: ${textOf(read, visitor)}, in the file ${textOf(expected, visitor)}`);
}

/** The first offset of a partition that does not ascend. */
function outOfOrder(records: readonly StoredSeen[], partition: number): string[] {
  const index = records.findIndex(({ offset }, at) => offset <= (records[at - 1]?.offset ?? -1));
  return index < 0 ? [] : [`partition ${partition}: offset ${records[index]?.offset} does not ascend`];
}
