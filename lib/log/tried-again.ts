import { type ErrorCode, MillraceError } from '../protocol/errors.ts';

/** Failures of a store that another try may mend. */
const TRIED_AGAIN: ReadonlySet<ErrorCode> = new Set(['THROTTLED', 'STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN']);

export const isTriedAgain = (error: unknown): boolean => error instanceof MillraceError && TRIED_AGAIN.has(error.code);
