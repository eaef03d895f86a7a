/**
 * Group commit: appends to one partition that meet in one process become one entry, each caller getting its own offsets.
 *
 * Invariant: one write at a time. What arrives while it is under way waits, and goes together in the next.
 */
import type { Clock } from '../ports/clock.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { type Append, type Appended, sizeOf } from './append-batch.ts';
import { type Deadline, deadlineIn, timeLeftMs } from './deadline.ts';
import type { LogDeps } from './deps.ts';
import type { EntryWriter, PendingAppend, WriteOutcomes } from './entry-writer.ts';

/** Bytes of one entry that goes to the object store, unless a single append is larger. */
const ENTRY_BYTES = 4 * 1024 * 1024;

/** Bytes that may wait for one partition before appends are refused. */
const WAITING_BYTES = 64 * 1024 * 1024;

interface Waiting extends PendingAppend {
  readonly sizeInBytes: number;
  readonly deadline: Deadline;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendOptions {
  readonly deadline: Deadline;
  /** See `PendingAppend`. */
  readonly searchFrom?: number;
}

export class GroupCommit {
  readonly #writer: EntryWriter;
  readonly #clock: Clock;
  readonly #inlineBytes: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #busy = false;

  constructor(writer: EntryWriter, { clock, settings }: Pick<LogDeps, 'clock' | 'settings'>) {
    this.#writer = writer;
    this.#clock = clock;
    this.#inlineBytes = settings.inlineBytes;
  }

  append(append: Append, { deadline, searchFrom }: AppendOptions): Promise<Appended> {
    const sizeInBytes = sizeOf(append);
    if (this.#waiting.length > 0 && this.#waitingBytes + sizeInBytes > WAITING_BYTES) {
      return Promise.reject(
        new MillraceError(
          'THROTTLED',
          `${this.#waitingBytes} bytes wait for this partition, the limit is ${WAITING_BYTES}`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      const pending = { append, sizeInBytes, deadline, resolve, reject };
      this.#waiting.push(searchFrom === undefined ? pending : { ...pending, searchFrom });
      this.#waitingBytes += sizeInBytes;
      if (!this.#busy) void this.#writeAll();
    });
  }

  /** Never rejects: every failure goes to the callers it concerns. */
  async #writeAll(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      this.#refuseExpired();
      const group = this.#takeGroup();
      if (group.length === 0) break;
      try {
        settle(group, await this.#writer.write(group, this.#latest(group)));
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#busy = false;
  }

  #latest(group: readonly Waiting[]): Deadline {
    return deadlineIn(this.#clock, Math.max(...group.map(({ deadline }) => timeLeftMs(this.#clock, deadline))));
  }

  /** Those whose time has passed would hold up the others: nothing of them was written. */
  #refuseExpired(): void {
    const expired = this.#waiting.filter(({ deadline }) => timeLeftMs(this.#clock, deadline) <= 0);
    if (expired.length === 0) return;
    this.#waiting = this.#waiting.filter(waiting => !expired.includes(waiting));
    for (const { sizeInBytes, reject } of expired) {
      this.#waitingBytes -= sizeInBytes;
      reject(new MillraceError('STORE_UNAVAILABLE', 'the turn of the append did not come in time; try again'));
    }
  }

  /** The appends for the next entry. Those that would stand in their entries alone do not go to an object together. */
  #takeGroup(): Waiting[] {
    const [first] = this.#waiting;
    const isInline = first !== undefined && first.sizeInBytes <= this.#inlineBytes;
    const most = isInline ? Math.min(this.#inlineBytes, ENTRY_BYTES) : ENTRY_BYTES;
    let batches = 0;
    let bytes = 0;
    let taken = 0;
    for (const { append, sizeInBytes } of this.#waiting) {
      batches += append.batches.length;
      bytes += sizeInBytes;
      if (taken > 0 && (bytes > most || batches > limits.batchesPerEntry)) break;
      taken++;
    }
    const group = this.#waiting.splice(0, taken);
    for (const { sizeInBytes } of group) this.#waitingBytes -= sizeInBytes;
    return group;
  }
}

function settle(group: readonly Waiting[], outcomes: WriteOutcomes): void {
  for (const waiting of group) {
    const result = outcomes.get(waiting);
    if (result?.outcome === 'appended') waiting.resolve(result);
    else waiting.reject(result?.error ?? new Error('an append was left without an outcome'));
  }
}
