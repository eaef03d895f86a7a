/**
 * By when a request must be done. A request past its deadline begins no write any more: its client is gone, and what it
 * once read may have been forgotten by everybody else.
 */
import type { Clock } from '../ports/clock.ts';
import { type Moment, momentNow } from './belief.ts';

export interface Deadline {
  readonly since: Moment;
  readonly withinMs: number;
}

export const deadlineIn = (clock: Clock, withinMs: number): Deadline => ({ since: momentNow(clock), withinMs });

/**
 * Milliseconds that are left; 0 or less once the deadline has passed, by whichever clock says so. A wall clock that was set
 * back says nothing: a deadline only bounds work, and no answer rests on it.
 */
export function timeLeftMs(clock: Clock, { since, withinMs }: Deadline): number {
  return withinMs - Math.max(clock.now() - since.wall, clock.monotonic() - since.monotonic);
}
