/**
 * The key views of a process, in memory of a size that is set: the one used least recently goes first, never one in use.
 *
 * A view is of a partition of a topic's id: a topic that is created again under its name begins with none.
 */
import { logKeyOf } from '../log/catalogue.ts';
import type { PartitionLogs } from '../log/partition-log.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { KeyView } from './key-view.ts';

/** An eighth of the fetch function's memory: 2 million keys of up to 23 bytes, in one view. */
const VIEW_BYTES = 128 * 1024 * 1024;

/** A view that is not at the end of its log yet is let be for so long: whoever asked for it was told to ask again. */
const AWAITED_MS = 60_000;

/** However small they are. */
const REMEMBERED_VIEWS = 4_096;

export interface KeyViewsDeps {
  readonly logs: PartitionLogs;
  readonly clock: Clock;
  readonly random: Random;
}

interface Kept {
  readonly view: KeyView;
  bytes: number;
  users: number;
  /** By the monotonic clock. */
  usedAt: number;
}

export class KeyViews {
  readonly #deps: KeyViewsDeps;
  readonly #maxBytes: number;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** @param maxBytes of all views together */
  constructor(deps: KeyViewsDeps, maxBytes = VIEW_BYTES) {
    this.#deps = deps;
    this.#maxBytes = maxBytes;
  }

  /** @example const end = await keyViews.use(at, view => view.catchUp(deadline)); */
  async use<T>(at: TopicPartition, use: (view: KeyView) => Promise<T>): Promise<T> {
    const kept = this.#keep(at);
    kept.users++;
    try {
      return await use(kept.view);
    } finally {
      kept.users--;
      kept.usedAt = this.#deps.clock.monotonic();
    }
  }

  #keep(at: TopicPartition): Kept {
    const key = logKeyOf(at);
    const found = this.#kept.get(key);
    this.#kept.delete(key);
    const isKept = found && !this.#isBetterAnew(found);
    if (found && !isKept) this.#bytes -= found.bytes;
    const kept = isKept ? found : this.#newView(at, key);
    this.#kept.set(key, kept);
    const oldest = this.#idle(kept).next().value;
    if (this.#kept.size > REMEMBERED_VIEWS && oldest) this.#drop(oldest);
    return kept;
  }

  #newView(at: TopicPartition, key: string): Kept {
    const { logs, clock, random } = this.#deps;
    const mayGrow = (bytes: number) => this.#mayGrow(key, kept, bytes);
    const view = new KeyView({ reader: logs.of(at).reader, clock, random, mayGrow });
    const kept: Kept = { view, bytes: 0, users: 0, usedAt: clock.monotonic() };
    return kept;
  }

  /** Whether a view has no room for what another one would have. */
  #isBetterAnew(kept: Kept): boolean {
    const { view, users } = kept;
    if (users > 0 || !view.isFull) return false;
    // it was begun when others had the memory, and the keys that it passed over are lost to it
    return view.isOutgrown || this.#hasRoom(view.nextLayerBytes, [...this.#idle(kept)]);
  }

  #hasRoom(bytes: number, idle: readonly (readonly [string, Kept])[]): boolean {
    const idleBytes = idle.reduce((sum, [, each]) => sum + each.bytes, 0);
    return this.#bytes - idleBytes + bytes <= this.#maxBytes;
  }

  /** Takes the bytes for the view, from others that nobody uses if need be; one that was replaced gets none. */
  #mayGrow(key: string, kept: Kept, bytes: number): boolean {
    if (this.#kept.get(key) !== kept) return false;
    const idle = [...this.#idle(kept)];
    if (!this.#hasRoom(bytes, idle)) return false;
    for (const entry of idle) {
      if (this.#bytes + bytes <= this.#maxBytes) break;
      this.#drop(entry);
    }
    kept.bytes += bytes;
    this.#bytes += bytes;
    return true;
  }

  /** The others that nobody uses, or is about to use again; who was used longest ago comes first. */
  *#idle(but: Kept): Generator<[string, Kept]> {
    const awaitedSince = this.#deps.clock.monotonic() - AWAITED_MS;
    for (const entry of this.#kept) {
      const [, { view, users, usedAt }] = entry;
      const isAwaited = view.isBehind && usedAt > awaitedSince;
      if (users === 0 && !isAwaited && entry[1] !== but) yield entry;
    }
  }

  #drop([key, { bytes }]: [string, Kept]): void {
    this.#kept.delete(key);
    this.#bytes -= bytes;
  }
}
