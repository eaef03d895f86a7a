/**
 * Functions behind a URL: the event is sent as a POST, and 2xx means that it is done; what the body says is what the function returned.
 *
 * One request for each call, on a connection of its own: on one that the other side is just closing, its answer would be lost.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../ports/clock.ts';
import type { TargetAnswer, TargetCall, TriggerTarget } from '../../ports/trigger-target.ts';

/** An answer may take so much longer than the function: the way there and back. */
const WAY_MS = 1_000;

/** What a body says of an error is kept to so many characters. */
const ERROR_LENGTH = 500;

/** Of an answer, in bytes: as much as Lambda takes of a function. */
const ANSWER_BYTES = 6 * 1024 * 1024;

/** Nothing was run: too much is running; or something has to be set right. */
const THROTTLED: ReadonlySet<number> = new Set([429, 503]);
const REFUSED: ReadonlySet<number> = new Set([401, 403, 404, 405]);

/** Something between did not wait for the function, which may still run. */
const GATEWAY_TIMEOUT = 504;

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
    const answer = await answered(url, payload, AbortSignal.timeout(timeoutMs + WAY_MS));
    const left = sentAt + timeoutMs - this.#clock.monotonic();
    if (answer.outcome === 'unknown' && left > 0) await this.#clock.sleep(left);
    return answer;
  }
}

async function answered(url: string, payload: string, signal: AbortSignal): Promise<TargetAnswer> {
  try {
    const response = await post(new URL(url), payload, signal);
    return answerOf(response.statusCode ?? 0, await bodyOf(response));
  } catch (error) {
    return { outcome: isUnsent(error) ? 'refused' : 'unknown', error: reasonOf(error, signal).slice(0, ERROR_LENGTH) };
  }
}

function post(url: URL, payload: string, signal: AbortSignal): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, { method: 'POST', agent: false, headers, signal }, resolve);
    request.on('error', reject);
    request.end(payload);
  });
}

/** `undefined` where it is larger than an answer may be. */
async function bodyOf(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeInBytes = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    sizeInBytes += chunk.byteLength;
    if (sizeInBytes > ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function answerOf(status: number, body: string | undefined): TargetAnswer {
  const error = `HTTP ${status}: ${body?.slice(0, ERROR_LENGTH) ?? `an answer of more than ${ANSWER_BYTES} bytes`}`;
  if (THROTTLED.has(status)) return { outcome: 'throttled' };
  if (status === GATEWAY_TIMEOUT) return { outcome: 'unknown', error };
  if (REFUSED.has(status) || (status >= 300 && status < 400)) return { outcome: 'refused', error };
  const isDone = status >= 200 && status < 300 && body !== undefined;
  return isDone ? { outcome: 'done', response: body } : { outcome: 'failed', error };
}

function isUnsent(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isUnsent);
  return error instanceof Error && 'code' in error && UNSENT_CODES.has(error.code);
}

function reasonOf(error: unknown, { aborted, reason }: AbortSignal): string {
  if (aborted) return String(reason);
  // of several addresses
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : String(error);
}
