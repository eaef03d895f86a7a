/**
 * By when a request must be done. A request past its deadline begins no write any more: its client is gone, and what it
 * once read may have been forgotten by everybody else.
 */
import type { Clock } from '../ports/clock.ts';
import { ageMs, type Moment, momentNow } from './belief.ts';

export interface Deadline {
  readonly since: Moment;
  readonly withinMs: number;
}

export const deadlineIn = (clock: Clock, withinMs: number): Deadline => ({ since: momentNow(clock), withinMs });

/** Milliseconds that are left; 0 or less once the deadline has passed, by whichever clock says so. */
export const timeLeftMs = (clock: Clock, { since, withinMs }: Deadline): number => withinMs - ageMs(clock, since);
