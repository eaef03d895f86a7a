import type { Deadline } from '../../lib/log/deadline.ts';

/** A deadline that no test reaches. */
export const FAR: Deadline = { since: { wall: 0, monotonic: 0 }, withinMs: Number.MAX_SAFE_INTEGER };
