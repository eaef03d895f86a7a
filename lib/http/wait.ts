import { timeLeftMs } from '../log/deadline.ts';
import type { Call } from './route.ts';

/** Kept back of the time that the front door waits, to write the answer. */
const ANSWER_RESERVE_MS = 500;

/** How long a read may wait for records: as the client asks, and no longer than the front door does. */
export function waitMs({ services, waitDeadline }: Call<unknown, unknown, unknown>, asked: number): number {
  return Math.max(0, Math.min(asked, timeLeftMs(services.clock, waitDeadline) - ANSWER_RESERVE_MS));
}
