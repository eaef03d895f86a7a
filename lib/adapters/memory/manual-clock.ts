import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * Time that moves only when told to.
 *
 * @example
 * const clock = new ManualClock();
 * const answer = waitsForTenSeconds(clock);
 * await clock.advance(10_000);
 * await answer;
 */
export class ManualClock implements Clock {
  /** In order of their due time; those due together, in the order they fell asleep. */
  readonly #sleepers: Sleeper[] = [];
  #wall: number;
  #monotonic = 0;

  constructor(now = 1_700_000_000_000) {
    this.#wall = now;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  sleep(ms: number): Promise<void> {
    const due = this.#monotonic + Math.max(0, ms);
    return new Promise(wake => {
      const after = this.#sleepers.findIndex(sleeper => sleeper.due > due);
      this.#sleepers.splice(after === -1 ? this.#sleepers.length : after, 0, { due, wake });
    });
  }

  /** Lets `ms` pass, waking sleepers one by one; each runs until it waits again, and may sleep again within `ms`. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await setImmediate();
    while ((this.#sleepers[0]?.due ?? Infinity) <= end) await this.advanceToNext();
    this.#moveTo(end);
  }

  /** Lets time pass until the next sleeper is due and runs it; false if nobody sleeps. */
  async advanceToNext(): Promise<boolean> {
    const next = this.#sleepers.shift();
    if (next === undefined) return false;
    this.#moveTo(next.due);
    next.wake();
    await setImmediate();
    return true;
  }

  /** Sets the wall clock forward or back by `ms`, as an administrator or NTP may; nobody wakes. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}
