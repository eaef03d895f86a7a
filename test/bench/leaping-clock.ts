/** The machine's own time, which leaps where a measurement would have to wait. */
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import type { Clock } from '../../lib/ports/clock.ts';

export class LeapingClock implements Clock {
  readonly #system = new SystemClock();
  #leaptMs = 0;

  leap(ms: number): void {
    this.#leaptMs += ms;
  }

  now(): number {
    return this.#system.now() + Math.floor(this.#leaptMs);
  }

  monotonic(): number {
    return this.#system.monotonic() + this.#leaptMs;
  }

  sleep(ms: number): Promise<void> {
    return this.#system.sleep(ms);
  }
}
