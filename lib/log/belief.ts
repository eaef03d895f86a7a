/**
 * How old a remembered fact is.
 *
 * A worker may be frozen between any two instructions, for minutes or days, so whatever it remembers is a belief, and its
 * age counts from when the read that gave it was *sent*. A belief has two limits: one up to which it may be used, and one
 * up to which an answer that rests on it may be given.
 */
import type { Clock } from '../ports/clock.ts';

/** A moment on both clocks of one worker. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

export function momentNow(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/**
 * Milliseconds since `moment`, by the larger of wall and monotonic time: either stands still in some kinds of freeze.
 * A wall clock that went backwards says nothing any more, so the age is infinite.
 */
export function ageMs(clock: Clock, moment: Moment): number {
  const wall = clock.now() - moment.wall;
  return wall < 0 ? Number.POSITIVE_INFINITY : Math.max(wall, clock.monotonic() - moment.monotonic);
}

/**
 * The wall time as one process knows it, for ages of what other workers dated. It goes on by the larger of wall and monotonic
 * time, for either stands still in some kinds of freeze, and never goes back. The oftener it is looked at the better: each look
 * holds fast what was known by then.
 */
export class WallTime {
  readonly #clock: Clock;
  #latest: Moment;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#latest = momentNow(clock);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    const { wall, monotonic } = momentNow(this.#clock);
    this.#latest = { wall: Math.max(wall, this.#latest.wall + monotonic - this.#latest.monotonic), monotonic };
    return this.#latest.wall;
  }
}
