/** What the members of a run processed, from their files, and why some of it came again. */
import { existsSync, readFileSync } from 'node:fs';

export const faultKinds = ['member killed', 'member frozen', 'server killed'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** The member or the server that it befell. */
  readonly who: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One processing of one record. */
export interface Processed {
  readonly who: string;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** Of one member; a line that it died over is no processing. */
export function readProcessed(who: string, file: string): readonly Processed[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = text.split('\n').slice(1, -1);
  return lines.map(line => {
    const [at, partition, offset, value = ''] = line.split(' ');
    return { who, at: Number(at), partition: Number(partition), offset: Number(offset), value };
  });
}

/** Under which the group knows the member; undefined where it has not begun. */
export const memberIdOf = (file: string): string | undefined => /^member (\S+)\n/.exec(readFileSync(file, 'utf8'))?.[1];

export type AgainByCause = Readonly<Record<FaultKind | 'no fault', number>>;

/** How many processings were not the first of their record, by what befell whoever had the record before. */
export function countAgain(processed: readonly Processed[], faults: readonly Fault[]): AgainByCause {
  const counts = { 'member killed': 0, 'member frozen': 0, 'server killed': 0, 'no fault': 0 };
  const last = new Map<string, Processed>();
  for (const each of processed.toSorted((a, b) => a.at - b.at)) {
    const key = `${each.partition}/${each.offset}`;
    const before = last.get(key);
    if (before) counts[causeOf(before, each, faults)]++;
    last.set(key, each);
  }
  return counts;
}

function causeOf(before: Processed, again: Processed, faults: readonly Fault[]): FaultKind | 'no fault' {
  const since = faults.filter(({ at }) => at >= before.at && at <= again.at);
  const own = since.find(({ who }) => who === before.who || who === again.who);
  return (own ?? since.find(({ kind }) => kind === 'server killed'))?.kind ?? 'no fault';
}

/** Its lines have one time. */
export function largestPage(processed: readonly Processed[]): number {
  const pages = new Map<string, number>();
  for (const { who, at, partition } of processed) {
    const page = `${who}/${at}/${partition}`;
    pages.set(page, (pages.get(page) ?? 0) + 1);
  }
  return Math.max(0, ...pages.values());
}

/** Partitions and offsets that nobody processed, or as something else. @param logs values by partition and offset */
export function unprocessed(logs: readonly (readonly string[])[], processed: readonly Processed[]): readonly string[] {
  const seen = logs.map(() => new Map<number, string>());
  const wrong = processed.filter(({ partition, offset, value }) => {
    seen[partition]?.set(offset, value);
    return logs[partition]?.[offset] !== value;
  });
  const missing = logs.flatMap((log, partition) =>
    log.flatMap((_, offset) => (seen[partition]?.has(offset) ? [] : [`${partition}/${offset} missing`])),
  );
  return [...missing, ...wrong.map(({ partition, offset, value }) => `${partition}/${offset} is not ${value}`)];
}
