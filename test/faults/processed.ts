/** What the members of a run processed, and why some of it came again. */
import type { MemberLine } from './member-lines.ts';

export interface Fault {
  readonly kind: string;
  /** The member or the worker that it befell. */
  readonly who: string;
  /** From when until when, in milliseconds of the run. */
  readonly at: number;
  readonly until: number;
}

/** One processing of one record. */
export interface Processed {
  readonly who: string;
  readonly group: string;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

export const NO_FAULT = 'no fault';

export const isOfMember = (kind: string): boolean => kind.startsWith('member');

export function processedOf(lines: readonly MemberLine[], who: string, group: string): readonly Processed[] {
  return lines.flatMap(line => {
    if (line.kind !== 'processed') return [];
    const { at, partition, records } = line;
    return records.map(([offset, value]) => ({ who, group, at, partition, offset, value }));
  });
}

/** How many processings were not the first of their record in their group, by what befell whoever had the record before. */
export function countAgain(processed: readonly Processed[], faults: readonly Fault[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const last = new Map<string, Processed>();
  for (const each of processed.toSorted((a, b) => a.at - b.at)) {
    const key = `${each.group}/${each.partition}/${each.offset}`;
    const before = last.get(key);
    const cause = before && causeOf(before, each, faults);
    if (cause !== undefined) counts.set(cause, (counts.get(cause) ?? 0) + 1);
    last.set(key, each);
  }
  return counts;
}

function causeOf(before: Processed, again: Processed, faults: readonly Fault[]): string {
  // who reads on while its server is away cannot commit it
  const since = faults.filter(({ at, until }) => until >= before.at && at <= again.at);
  const own = since.find(({ who }) => who === before.who || who === again.who);
  return (own ?? since.find(({ kind }) => !isOfMember(kind)))?.kind ?? NO_FAULT;
}

/** Its records have one time. */
export function largestPage(processed: readonly Processed[]): number {
  const pages = new Map<string, number>();
  for (const { who, at, partition } of processed) {
    const page = `${who}/${at}/${partition}`;
    pages.set(page, (pages.get(page) ?? 0) + 1);
  }
  return [...pages.values()].reduce((largest, size) => Math.max(largest, size), 0);
}

export interface UnprocessedParams {
  readonly groups: readonly string[];
  /** Values by partition and offset. */
  readonly logs: readonly (readonly string[])[];
  readonly processed: readonly Processed[];
}

/** Records that a group did not process, or as something else. */
export function unprocessed({ groups, logs, processed }: UnprocessedParams): readonly string[] {
  const byGroup = Map.groupBy(processed, ({ group }) => group);
  return groups.flatMap(group => unprocessedBy(group, logs, byGroup.get(group) ?? []));
}

function unprocessedBy(group: string, logs: UnprocessedParams['logs'], processed: readonly Processed[]): string[] {
  const seen = new Set<string>();
  const wrong = processed.filter(({ partition, offset, value }) => {
    seen.add(`${partition}/${offset}`);
    return logs[partition]?.[offset] !== value;
  });
  const places = logs.flatMap((log, partition) => log.map((_, offset) => `${partition}/${offset}`));
  return [
    ...places.filter(place => !seen.has(place)).map(place => `${group} did not process ${place}`),
    ...wrong.map(each => `${group} processed ${each.value} as ${each.partition}/${each.offset}`),
  ];
}
