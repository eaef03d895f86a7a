/**
 * Trying again: whether, and after how long, as pure decisions; and the loop that acts on them.
 *
 * A request that is not repeatable (a produce without a sequence) is sent again only where it is sure that it was not
 * applied: once too few is told to the caller, once too many could not be.
 */
import { RequestError, withUnknownOutcome } from './request-error.ts';
import type { ClientTiming } from './timing.ts';

/** Tries of one request, the first included. */
const MAX_ATTEMPTS = 8;

/** The longest wait before the second try; it doubles from try to try. */
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/** A server that asks for more than this is not waited for any longer. */
const MAX_RETRY_AFTER_MS = 30_000;

export interface RetryParams {
  readonly timing: ClientTiming;
  /** Whether the request does no harm when it is applied twice. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or has been tried often enough; throws its last error. Its outcome is
 * that of all tries: what was refused at last may have been applied at first.
 */
export async function retry<T>(params: RetryParams, attempt: () => Promise<T>): Promise<T> {
  const { timing, repeatable, signal } = params;
  let isUnknown = false;
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      isUnknown ||= error.outcome === 'unknown';
      if (!shouldRetry({ error, repeatable, attempts })) throw isUnknown ? withUnknownOutcome(error) : error;
      const waitMs = waitBeforeRetry({ attempts, retryAfterMs: error.retryAfterMs, random: timing.random() });
      await timing.sleep(waitMs, signal);
    }
  }
}

interface Failed {
  readonly error: Pick<RequestError, 'retriable' | 'outcome'>;
  readonly repeatable: boolean;
  /** So far. */
  readonly attempts: number;
}

export function shouldRetry({ error, repeatable, attempts }: Failed): boolean {
  return error.retriable && attempts < MAX_ATTEMPTS && (repeatable || error.outcome === 'not-applied');
}

interface Wait {
  /** So far. */
  readonly attempts: number;
  readonly retryAfterMs: number | undefined;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * Milliseconds: what the server asked for, or a wait that doubles, of which half is random, so that clients do not return together. The
 * other half is sure: all tries together outlast a server that is away for five seconds.
 */
export function waitBeforeRetry({ attempts, retryAfterMs, random }: Wait): number {
  const backoff = ((1 + random) / 2) * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(backoff, retryAfterMs ?? 0));
}
