/**
 * What compaction may have taken from a log: a record that is superseded by a newer one of its key, and a tombstone whose time is
 * over. Both must be at least as old as the log's lag by then, and so must be what supersedes a record: the newest records of a
 * log are not looked at.
 *
 * A tombstone stays for its retention after the last read that began while a record that it deletes could still be read: so whoever
 * has read such a record comes to its tombstone, and no such record is read once the tombstone is gone.
 *
 * What is superseded by a record that is gone itself was so by then: what supersedes need only have been stored. Where a batch with
 * an unknown outcome may have been is any offset of which nobody knows what stood there.
 */
import type { AnomalyKind, Found } from './anomaly.ts';
import type { LogHistory } from './log-history.ts';
import { endOf, firstSent, type KnownCopy } from './sent-batch.ts';
import type { UnseenBatch } from './unseen-batches.ts';

/** The least of what was ever set, where a topic's settings change. */
export interface CompactionSettings {
  readonly minLagMs: number;
  readonly deleteRetentionMs: number;
  /** By so much may two clocks differ that tell how old a record is. */
  readonly clockSkewMs?: number;
}

/** A record that is known to stand in the log, or to have stood. */
interface KnownRecord {
  readonly value: string;
  readonly key: string | undefined;
  readonly isTombstone: boolean;
  /** When it was sent, at the earliest. */
  readonly since: number;
}

/** A read that was led past an offset. */
export interface Passing {
  readonly end: number;
  readonly highWatermark: number;
}

export interface CompactionOptions {
  readonly settings: CompactionSettings;
  /** For so long a worker may answer with what stood in segments before. */
  readonly believedMs: number;
  readonly unseen: readonly UnseenBatch[];
}

export class CompactionCheck {
  readonly #settings: CompactionSettings;
  readonly #believedMs: number;
  readonly #records: ReadonlyMap<number, KnownRecord>;
  /** By offset: when a newer record of its key was first sent, of those that are known. */
  readonly #supersededSince: ReadonlyMap<number, number>;
  /** By key: when a batch was first sent that has it, and of which nobody knows where it stands. */
  readonly #unseenSince: ReadonlyMap<string, number>;
  readonly #unknownBelow: readonly number[];
  /** By offset: when the last read of it began. */
  readonly #lastRead: ReadonlyMap<number, number>;
  /** By offset: when a read ended first that did not see it. */
  readonly #gone = new Map<number, number>();
  /** Of those the tombstones that nothing superseded. */
  readonly #over = new Map<number, number>();

  constructor(log: LogHistory, { settings, believedMs, unseen }: CompactionOptions) {
    this.#settings = settings;
    this.#believedMs = believedMs;
    this.#records = knownRecords(log);
    this.#supersededSince = supersededSince(this.#records);
    this.#unseenSince = unseenSince(unseen);
    this.#unknownBelow = unknownBelow(log.copies);
    this.#lastRead = lastReads(log);
  }

  /**
   * Why a known record may not be gone that a read did not see, if it may not; `undefined` where it has no key, and is none of
   * compaction's. Asked of each offset once, of the read that ended first.
   */
  whyNotGone(offset: number, passing: Passing): readonly Found[] | undefined {
    const record = this.#records.get(offset);
    if (record?.key === undefined) return undefined;
    const { minLagMs, deleteRetentionMs, clockSkewMs = 0 } = this.#settings;
    const isOld = (since: number) => since + minLagMs <= passing.end + clockSkewMs;
    const newer = this.#newerSince(offset, record.key, passing);
    const isSuperseded = isOld(newer) && isOld(record.since);
    const isOver = record.isTombstone && isOld(record.since) && record.since + deleteRetentionMs <= passing.end;
    if (isSuperseded || isOver) this.#gone.set(offset, passing.end);
    if (isOver && !isSuperseded) this.#over.set(offset, passing.end);
    if (isSuperseded || isOver) return [];
    const where = `${record.value} of key ${record.key} at ${offset}`;
    const kind = newer <= passing.end ? 'compacted-too-young' : record.isTombstone ? 'lost-tombstone' : 'lost-latest';
    return [[kind, where]];
  }

  /** What was read when it was gone, or its tombstone was. Asked at the end. */
  resurrected(): readonly Found[] {
    return [...this.#backAgain(), ...this.#readWithoutTombstone()];
  }

  /** When something newer of the key may have been stored first. */
  #newerSince(offset: number, key: string, { highWatermark }: Passing): number {
    const known = this.#supersededSince.get(offset) ?? Number.POSITIVE_INFINITY;
    const highest = this.#unknownBelow[highWatermark] ?? highWatermark - 1;
    if (highest <= offset) return known;
    return Math.min(known, this.#unseenSince.get(key) ?? Number.POSITIVE_INFINITY);
  }

  #backAgain(): readonly Found[] {
    return [...this.#gone].flatMap(([offset, goneAt]) => {
      const readAt = this.#lastRead.get(offset) ?? Number.NEGATIVE_INFINITY;
      const isBack = readAt > goneAt + this.#believedMs;
      return isBack ? [this.#found('resurrected', offset, `read at ${readAt}, gone by ${goneAt}`)] : [];
    });
  }

  #readWithoutTombstone(): readonly Found[] {
    const found: Found[] = [];
    const older = new Map<string, number>();
    for (const [offset, { key }] of this.#records) {
      if (key === undefined) continue;
      const readAt = older.get(key) ?? Number.NEGATIVE_INFINITY;
      const overAt = this.#over.get(offset);
      if (overAt !== undefined && overAt < readAt + this.#settings.deleteRetentionMs) {
        const kind = overAt < readAt ? 'resurrected' : 'lost-tombstone';
        found.push(this.#found(kind, offset, `gone by ${overAt}, what it deletes was read at ${readAt}`));
      }
      older.set(key, Math.max(readAt, this.#lastRead.get(offset) ?? readAt));
    }
    return found;
  }

  #found(kind: AnomalyKind, offset: number, detail: string): Found {
    const { value, key } = this.#records.get(offset) ?? {};
    return [kind, `${value} of key ${key} at ${offset}: ${detail}`];
  }
}

/** By offset, in their order. */
function knownRecords({ copies, acknowledged }: LogHistory): ReadonlyMap<number, KnownRecord> {
  // without idempotence every try that is acknowledged has stored a copy of its own
  const plain = acknowledged.filter(({ producer }) => !producer);
  const sentAt = new Map(plain.map(({ answer, start }) => [answer.result.baseOffset, start]));
  const records = new Map<number, KnownRecord>();
  for (const { batch, baseOffset } of copies) {
    const since = sentAt.get(baseOffset) ?? firstSent(batch);
    for (const [index, value] of batch.values.entries()) {
      const isTombstone = batch.tombstones.has(index);
      records.set(baseOffset + index, { value, key: batch.keys?.[index], isTombstone, since });
    }
  }
  return records;
}

function supersededSince(records: ReadonlyMap<number, KnownRecord>): ReadonlyMap<number, number> {
  const superseded = new Map<number, number>();
  const newer = new Map<string, number>();
  for (const [offset, { key, since }] of [...records].reverse()) {
    if (key === undefined) continue;
    const newerSince = newer.get(key) ?? Number.POSITIVE_INFINITY;
    superseded.set(offset, newerSince);
    newer.set(key, Math.min(newerSince, since));
  }
  return superseded;
}

function unseenSince(unseen: readonly UnseenBatch[]): ReadonlyMap<string, number> {
  const earliest = new Map<string, number>();
  for (const { batch, since } of unseen) {
    const first = since[0] ?? Number.POSITIVE_INFINITY;
    for (const key of batch.keys ?? []) earliest.set(key, Math.min(first, earliest.get(key) ?? first));
  }
  return earliest;
}

/** Of each offset up to the highest that is known, the highest one below it of which nobody knows what stood there; or -1. */
function unknownBelow(copies: readonly KnownCopy[]): readonly number[] {
  const below = [-1];
  for (const copy of copies) {
    while (below.length <= copy.baseOffset) below.push(below.length - 1);
    while (below.length <= endOf(copy)) below.push(below[copy.baseOffset] ?? -1);
  }
  return below;
}

function lastReads({ answered }: LogHistory): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  for (const { start, answer } of answered) {
    for (const { offset } of answer.result.records) last.set(offset, Math.max(start, last.get(offset) ?? start));
  }
  return last;
}
