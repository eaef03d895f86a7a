/**
 * Wakes the readers of one process when the same process appends.
 */
import type { TailSignal } from '../../ports/tail-signal.ts';

/** Logs whose last growth is remembered; an older one costs a waiting reader one look more. */
const REMEMBERED_LOGS = 10_000;

interface Waiter {
  readonly logKeys: ReadonlySet<string>;
  readonly wake: () => void;
}

export class LocalTailSignal implements TailSignal {
  readonly #waiters = new Set<Waiter>();
  readonly #grownAt = new Map<string, number>();
  #count = 0;
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Wakes all who wait, for good. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiters) waiter.wake();
  }

  mark(): number {
    return this.#count;
  }

  notify(logKey: string): void {
    this.#grownAt.delete(logKey);
    this.#grownAt.set(logKey, ++this.#count);
    const [oldest] = this.#grownAt.keys();
    if (this.#grownAt.size > REMEMBERED_LOGS && oldest !== undefined) this.#grownAt.delete(oldest);
    for (const waiter of this.#waiters) if (waiter.logKeys.has(logKey)) waiter.wake();
  }

  wait(logKeys: ReadonlySet<string>, mark: number, ms: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    for (const logKey of logKeys) if ((this.#grownAt.get(logKey) ?? 0) > mark) return Promise.resolve();
    return new Promise(resolve => {
      const waiter = { logKeys, wake: () => end() };
      const timer = setTimeout(() => end(), ms);
      const end = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      this.#waiters.add(waiter);
    });
  }
}
