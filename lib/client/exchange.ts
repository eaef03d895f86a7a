/**
 * One HTTP request and its answer, read to its end; no retries.
 */
import { answeredError, unansweredError } from './request-error.ts';

/** The least HTTP status of a refusal. */
const FIRST_ERROR = 400;

export interface ExchangeOptions {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  /** Longer than any long poll. */
  readonly timeoutMs: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From the slash on, with its query. */
  readonly path: string;
  /** Sent as JSON, of media type `type`. */
  readonly json?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, text otherwise. */
  readonly body: unknown;
}

/** @throws RequestError where no answer came, or the reason of `request.signal` where that came first */
export async function exchange(options: ExchangeOptions, request: ApiRequest): Promise<ApiAnswer> {
  const { method, path, json, type = 'application/json', accept = 'application/json', signal } = request;
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const init: RequestInit = {
    method,
    headers: json === undefined ? { accept } : { accept, 'content-type': type },
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    ...(json !== undefined && { body: JSON.stringify(json) }),
  };
  try {
    const response = await options.fetch(options.url + path, init);
    return { status: response.status, headers: response.headers, body: parse(await response.text()) };
  } catch (cause) {
    signal?.throwIfAborted();
    throw unansweredError(`${method} ${path}`, cause);
  }
}

/** The body of a good answer. @throws RequestError for any other, also for a page of whatever stands before Millrace */
export function bodyOf<T>({ status, headers, body }: ApiAnswer): T {
  if (status < FIRST_ERROR && typeof body !== 'string') return body as T;
  const { error_code, message } = isObject(body) ? body : {};
  throw answeredError({
    status,
    message: typeof message === 'string' ? message : `HTTP ${status}, and not from Millrace; is the URL right?`,
    errorCode: typeof error_code === 'number' ? error_code : undefined,
    retryAfterMs: retryAfterMs(headers),
  });
}

/** In milliseconds; only the form in seconds is understood. */
export function retryAfterMs(headers: Headers): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^[0-9]{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
