/**
 * Functions behind a URL: the event is sent as a POST, and 2xx means that it is done; what the body says is what the function returned.
 */
import type { Clock } from '../../ports/clock.ts';
import type { TargetAnswer, TargetCall, TriggerTarget } from '../../ports/trigger-target.ts';

/** An answer may take so much longer than the function: the way there and back. */
const WAY_MS = 1_000;

/** What a body says of an error is kept to so many characters. */
const ERROR_LENGTH = 500;

/** Nothing was run: too much is running; or something has to be set right. */
const THROTTLED: ReadonlySet<number> = new Set([429, 503]);
const REFUSED: ReadonlySet<number> = new Set([401, 403, 404, 405]);

/** The request never reached anybody. */
const UNSENT_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

export class HttpTarget implements TriggerTarget {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async invoke({ function: url, payload, timeoutMs }: TargetCall): Promise<TargetAnswer> {
    const sentAt = this.#clock.monotonic();
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: payload,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs + WAY_MS),
      });
      return answerOf(response.status, await response.text());
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const text = `${String(error)}${cause === undefined ? '' : `: ${String(cause)}`}`.slice(0, ERROR_LENGTH);
      if (isUnsent(cause)) return { outcome: 'refused', error: text };
      const left = sentAt + timeoutMs - this.#clock.monotonic();
      if (left > 0) await this.#clock.sleep(left);
      return { outcome: 'unknown', error: text };
    }
  }
}

function answerOf(status: number, body: string): TargetAnswer {
  if (status >= 200 && status < 300) return { outcome: 'done', response: body };
  if (THROTTLED.has(status)) return { outcome: 'throttled' };
  const error = `HTTP ${status}: ${body.slice(0, ERROR_LENGTH)}`;
  return REFUSED.has(status) || (status >= 300 && status < 400)
    ? { outcome: 'refused', error }
    : { outcome: 'failed', error };
}

function isUnsent(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.length > 0 && cause.errors.every(isUnsent);
  return cause instanceof Error && 'code' in cause && UNSENT_CODES.has(cause.code);
}
