/**
 * One HTTP request, sent once, and what its client knows afterwards.
 *
 * Unknown is whatever may have taken effect: a request that left and got no whole answer, an error that says so, and a 5xx
 * that does not say otherwise, such as a gateway's. Failed is an error of which docs/protocol.md says that nothing was
 * written, any other 4xx, and a connection that was never made.
 */
import { type ErrorEntry, errorTable } from '../../lib/protocol/errors.ts';
import type { OperationOutcome } from './history.ts';

const FIRST_REFUSAL = 400;
const FIRST_SERVER_ERROR = 500;

/** Kafka's name for a server that is not there. */
export const NOT_CONNECTED = 'BROKER_NOT_AVAILABLE';

/** Nothing is sent before a connection is made. */
const notConnected: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND']);

export interface HttpRequest {
  /** From the slash on, with its query. */
  readonly path: string;
  /** A request that has a body is a POST. */
  readonly json?: object;
  readonly type?: string;
  readonly accept?: string;
}

export interface ExchangeOptions {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, text otherwise. */
  readonly body: unknown;
}

/** @param read makes of any answer what it says of the request */
export async function exchange<R>(
  options: ExchangeOptions,
  request: HttpRequest,
  read: (answer: HttpAnswer) => OperationOutcome<R>,
): Promise<OperationOutcome<R>> {
  let answer: HttpAnswer;
  try {
    answer = await send(options, request);
  } catch (error) {
    return unanswered(error);
  }
  return read(answer);
}

async function send({ url, timeoutMs }: ExchangeOptions, request: HttpRequest): Promise<HttpAnswer> {
  const { path, json, type = 'application/json', accept = 'application/json' } = request;
  const response = await fetch(url + path, {
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept, ...(json && { 'content-type': type }) },
    ...(json && { method: 'POST', body: JSON.stringify(json) }),
  });
  return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
}

/** Reads good answers; any other is a refusal. */
export const ifGood =
  <R>(read: (answer: HttpAnswer) => R) =>
  (answer: HttpAnswer): OperationOutcome<R> =>
    answer.status < FIRST_REFUSAL ? { outcome: 'ok', result: read(answer) } : refusal(answer);

/** What an answer that is an error says. */
export function refusal({ status, body }: HttpAnswer): OperationOutcome<never> {
  const message = isObject(body) && typeof body.message === 'string' ? body.message : String(body);
  const error = `HTTP ${status}: ${message}`;
  return outcomeOf(message, error) ?? byStatus(status, error);
}

/** What an error of Millrace says: its message begins with Kafka's name, by which the table has its outcome. */
export function outcomeOf(message: string, error = message): OperationOutcome<never> | undefined {
  const entry: ErrorEntry | undefined = Object.values(errorTable).find(({ kafkaName }) =>
    message.startsWith(`${kafkaName}:`),
  );
  if (!entry) return undefined;
  return entry.outcome === 'unknown'
    ? { outcome: 'unknown', error }
    : { outcome: 'failed', code: entry.kafkaName, error };
}

const byStatus = (status: number, error: string): OperationOutcome<never> =>
  status >= FIRST_SERVER_ERROR ? { outcome: 'unknown', error } : { outcome: 'failed', code: `HTTP_${status}`, error };

/** `fetch` keeps the reason in the cause of its error. */
function unanswered(error: unknown): OperationOutcome<never> {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = `no answer: ${cause}`;
  const isNotSent = isObject(cause) && notConnected.has(cause.code);
  return isNotSent ? { outcome: 'failed', code: NOT_CONNECTED, error: reason } : { outcome: 'unknown', error: reason };
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
