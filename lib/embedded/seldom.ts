/** What fails again at every turn is told once in a while. */
import type { Clock } from '../ports/clock.ts';

/** So many texts are remembered. */
const TOLD_AT_MOST = 1_000;

export class Seldom {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #everyMs: number;
  readonly #toldAt = new Map<string, number>();

  /** @param everyMs the same is told again after so long */
  constructor(clock: Pick<Clock, 'monotonic'>, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** Whether it is to be told now; then it counts as told. */
  isDue(text: string): boolean {
    const now = this.#clock.monotonic();
    if (now - (this.#toldAt.get(text) ?? Number.NEGATIVE_INFINITY) < this.#everyMs) return false;
    if (this.#toldAt.size >= TOLD_AT_MOST) this.#toldAt.clear();
    this.#toldAt.set(text, now);
    return true;
  }
}
