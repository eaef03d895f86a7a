/**
 * A runner's hold on one partition of a trigger: its lease, and the only way to write how far it has come. Commit point: the
 * partition's cell in the trigger's group.
 *
 * Every write names the version that was read or written last, and renews the lease. Whoever takes the partition over changes the
 * cell, so a write of the runner before it finds it changed: it stops, and never applies again what it wanted to write.
 */
import type { OffsetCell } from '../groups/cells.ts';
import { newOffsetCell, readOffset, writeOffset } from '../groups/offset-cells.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { Trigger } from './cells.ts';
import { newRun, type Progress, taken } from './run-state.ts';
import type { TriggerServices } from './services.ts';

/** Kept between the end of an invocation and that of the lease: for clocks that differ, and a runner that is held up before it sends. */
const SLACK_MS = 15_000;

/** What a lease is longer than an invocation takes with its slack. */
const RENEWED_WITHIN_MS = 15_000;

/** How long a runner that is not heard of any more keeps others waiting. */
export const leaseMs = ({ functionTimeoutMs }: Pick<Trigger, 'functionTimeoutMs'>): number =>
  functionTimeoutMs + SLACK_MS + RENEWED_WITHIN_MS;

/** Thrown where another has taken the partition over, or may have. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

export interface PartitionOfTrigger {
  readonly trigger: Trigger;
  readonly topic: string;
  readonly at: TopicPartition;
}

/** How far a partition is, as it was read. */
export interface ReadProgress {
  /** None where nothing was committed, and no start was noted. */
  readonly offset: number | undefined;
  readonly cell: OffsetCell;
  readonly version: number;
}

export async function readProgress(
  services: Pick<TriggerServices, 'cluster'>,
  { trigger, topic, at }: PartitionOfTrigger,
): Promise<ReadProgress> {
  const { cell = newOffsetCell(topic), version } = await readOffset(services, trigger.life, at);
  return { offset: cell.offset ?? cell.start, cell, version };
}

/** Whether a runner may take the partition: no other holds it, and nothing is being waited for. */
export function mayTake({ cell: { run } }: ReadProgress, trigger: Trigger, now: number): boolean {
  if (!run) return true;
  if (run.triggerId === trigger.triggerId && isWaiting(run.notBefore, now)) return false;
  return !isHeld(run.until, now);
}

/** Nobody waits for longer than that: what says so was written by a clock that was far ahead. */
const WAITED_AT_MOST_MS = 10 * 60_000;

export const isWaiting = (notBefore: number, now: number): boolean =>
  notBefore > now && notBefore <= now + WAITED_AT_MOST_MS;

/**
 * Nobody takes a lease for longer than that, whatever its settings were: what says so was written by a clock that was far ahead. Not
 * that of the settings of now: they may have been changed while the function runs, or the lease may be of another trigger of the group.
 */
const LEASED_AT_MOST_MS = leaseMs({ functionTimeoutMs: limits.triggerTimeoutMs }) + 60_000;

const isHeld = (until: number, now: number): boolean => until > now && until <= now + LEASED_AT_MOST_MS;

interface HoldParams extends PartitionOfTrigger {
  readonly read: ReadProgress;
  /** Where to begin: at what was read, or where it says nothing, at the log's start. */
  readonly from: number;
}

export class Hold {
  progress: Progress;
  readonly #services: TriggerServices;
  readonly #at: TopicPartition;
  #trigger: Trigger;
  #cell: OffsetCell;
  #version: number;
  /** What is written; the progress is ahead of it. */
  #written: Progress | undefined;

  /** Takes the partition in mind only: the first write takes it for all to see. */
  constructor(services: TriggerServices, { trigger, at, read, from }: HoldParams) {
    this.#services = services;
    this.#at = at;
    this.#trigger = trigger;
    this.#cell = read.cell;
    this.#version = read.version;
    const { run } = read.cell;
    // what another trigger left in the group's cell says nothing about this one
    const own = run?.triggerId === trigger.triggerId ? run : newRun(trigger.triggerId);
    this.progress = taken({ offset: from, run: own }, services.random.id());
  }

  /** From now on with these settings. */
  follow(trigger: Trigger): void {
    this.#trigger = trigger;
  }

  /** Whether an invocation that begins now ends, at the latest, well before the lease. */
  get isLongEnough(): boolean {
    const left = this.progress.run.until - this.#now();
    return this.#written !== undefined && left >= this.#trigger.functionTimeoutMs + SLACK_MS;
  }

  /** Whether it has come further than what is stored. */
  get hasMoved(): boolean {
    return this.#cell.offset !== this.progress.offset;
  }

  get isWritten(): boolean {
    return this.#written !== undefined;
  }

  /** Writes the progress, and takes or renews the lease. @throws FencedError */
  async write(): Promise<void> {
    await this.#write(this.progress, this.#now() + leaseMs(this.#trigger));
  }

  /** Renews the lease where it would not last. @throws FencedError */
  async keep(): Promise<void> {
    if (!this.isLongEnough) await this.write();
  }

  /** Writes the progress, and gives the lease back. @throws FencedError */
  async release(notBefore = 0): Promise<void> {
    const { offset, run } = this.progress;
    await this.#write({ offset, run: { ...run, notBefore } }, 0);
  }

  async #write({ offset, run }: Progress, until: number): Promise<void> {
    const progress = { offset, run: { ...run, until } };
    const cell = { ...this.#cell, offset, committedAt: this.#now(), since: this.#trigger.epoch, run: progress.run };
    const { owner: _, ...unowned } = cell;
    const { life } = this.#trigger;
    const written = await this.#settled(() =>
      writeOffset(this.#services, { life, at: this.#at, version: this.#version, cell: unowned }),
    );
    if (!written.isWritten) throw new FencedError('another runner has taken the partition');
    this.#cell = unowned;
    this.#version = written.version;
    this.progress = progress;
    this.#written = progress;
  }

  async #settled<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'OUTCOME_UNKNOWN') throw error;
      throw new FencedError('the store did not say whether the partition is still held', { cause: error });
    }
  }

  #now(): number {
    return Math.floor(this.#services.logs.time.now());
  }
}
