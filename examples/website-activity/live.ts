/** What the screen shows while the demo runs. */
import type { StoredActivity } from './activity-record.ts';
import { countByPage } from './audit.ts';
import { type Sighting, type StoredSeen, tableOf } from './last-seen.ts';
import { CountsTable } from './page-counts.ts';
import { type ByKind, byKind, PARTITIONS } from './topics.ts';

export type Phase =
  | 'gathering the readers'
  | 'producing and reading'
  | 'waiting for what the killed reader had'
  | 'replaying'
  | 'waiting for compaction'
  | 'done';

/** Who reads a partition. */
export interface LiveReader {
  readonly number: number;
  readonly isKilled: boolean;
}

export class Live {
  readonly url: string;
  /** Records that are going to be produced. */
  readonly total: number;
  phase: Phase = 'gathering the readers';
  /** Records that the server has acknowledged. */
  produced = 0;
  /** Records read back so far, by partition. */
  readonly read: ByKind<number[]> = byKind(() => new Array<number>(PARTITIONS).fill(0));
  /** Of the group that reads `click`, by partition. */
  readonly readers: (LiveReader | undefined)[] = new Array(PARTITIONS).fill(undefined);
  /** Records of `click` that came again. */
  again = 0;
  /** Page views read back so far. */
  readonly views = new Map<string, number>();
  /** Whether a function counts, whether it is the broken version of it, and what it has counted. */
  isCounting = false;
  isBroken = false;
  readonly counts = new CountsTable();
  /** Who is about, as the followers of `last-seen` know it; who was seen last comes last. */
  readonly seen = new Map<string, Sighting>();
  /** Tombstones read so far. */
  forgotten = 0;
  #startedAt = performance.now();
  #producedWithinMs: number | undefined;

  constructor(url: string, total: number) {
    this.url = url;
    this.total = total;
  }

  startProducing(): void {
    this.phase = 'producing and reading';
    this.#startedAt = performance.now();
  }

  /** A reader has these partitions, and no other. */
  assign(number: number, partitions: readonly number[]): void {
    for (const [partition, reader] of this.readers.entries()) {
      if (partitions.includes(partition)) this.readers[partition] = { number, isKilled: false };
      else if (reader?.number === number) this.readers[partition] = undefined;
    }
  }

  /** What it had stays its own until others have it. */
  killReader(number: number): void {
    for (const [partition, reader] of this.readers.entries())
      if (reader?.number === number) this.readers[partition] = { number, isKilled: true };
  }

  countViews(records: readonly StoredActivity[]): void {
    countByPage(records, this.views);
  }

  addSeen(records: readonly StoredSeen[]): void {
    tableOf(records, this.seen);
    this.forgotten += records.filter(({ value }) => value === null).length;
  }

  addProduced(count: number): void {
    this.produced += count;
    if (this.produced === this.total) this.#producedWithinMs = this.#elapsedMs();
  }

  /** Acknowledged records per second, since the start. */
  get recordsPerSecond(): number {
    return (this.produced * 1_000) / (this.#producedWithinMs ?? this.#elapsedMs());
  }

  get recordsRead(): number {
    return [...this.read.click, ...this.read.upload].reduce((sum, count) => sum + count, 0);
  }

  #elapsedMs(): number {
    return Math.max(1, performance.now() - this.#startedAt);
  }
}
