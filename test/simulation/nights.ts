/**
 * Long times in which no client does anything. What is to last longer than everything that a worker believes waits for the end
 * of one: frozen workers thaw then, just as everybody begins again.
 */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import type { Schedule } from './schedule.ts';

/** What waits for a morning happens within so long after it. */
const MORNING_MS = 300;

const WORK_TIMES = 3;

export class Nights {
  readonly #schedule: Schedule;
  readonly #random: SeededRandom;
  #until = 0;
  #waiting: (() => void)[] = [];

  constructor(schedule: Schedule, random: SeededRandom) {
    this.#schedule = schedule;
    this.#random = random;
  }

  /** Milliseconds until the night is over; 0 by day. */
  get leftMs(): number {
    return Math.max(0, this.#until - this.#schedule.now);
  }

  /** Lets a night fall, and begins `work` now and then in it, the last time just before it ends. */
  async fall(ms: number, work: () => Promise<void>): Promise<void> {
    this.#until = this.#schedule.now + ms;
    let done: Promise<unknown> = Promise.resolve();
    for (let time = 1; time <= WORK_TIMES; time++) {
      await this.#schedule.sleep(ms / WORK_TIMES - 1);
      done = Promise.all([done, work()]);
    }
    await this.#schedule.sleep(this.leftMs);
    this.endWaiting();
    await done;
  }

  atMorning(run: () => void): void {
    this.#waiting.push(run);
  }

  /** Whether anything waits for a morning. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Runs what waits for a morning. */
  endWaiting(): void {
    for (const run of this.#waiting.splice(0)) this.#schedule.after(this.#random.float() * MORNING_MS, run);
  }
}
