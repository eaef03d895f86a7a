import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

/** A longer Node timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own time. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  async sleep(ms: number): Promise<void> {
    const due = this.monotonic() + ms;
    // a Node timer may fire up to a millisecond early
    for (let left = ms; left > 0; left = due - this.monotonic()) {
      await setTimeout(Math.min(Math.ceil(left), MAX_TIMER_MS));
    }
  }
}
