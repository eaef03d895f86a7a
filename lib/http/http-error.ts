/**
 * The errors of HTTP itself, and how any error becomes an answer: exactly `{"error_code", "message"}`.
 *
 * Errors of the domain have their status and code in `errorTable`, by surface. These here carry their HTTP status as
 * `error_code`, unless a published code says more.
 */
import { type ErrorEntry, errorTable, MillraceError } from '../protocol/errors.ts';
import type { Reply } from './reply.ts';

/** The two families of paths, which give one error different codes: `/v3…`, and all others. */
export type Surface = 'v2' | 'v3';

/** How long a client should wait before it tries again, in seconds. */
export const retryAfter = { 'Retry-After': '1' } as const;

interface HttpErrorOptions extends ErrorOptions {
  readonly errorCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @example throw new HttpError(415, `content encoding 'br' is not understood, send gzip or none`); */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly errorCode: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message lower case, with the value given and the way out */
  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message, options);
    this.status = status;
    this.errorCode = options.errorCode ?? status;
    this.headers = options.headers ?? {};
  }
}

/** An error as a client sees it. */
export interface ErrorView {
  readonly status: number;
  readonly errorCode: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The view of an error; of one that is neither ours nor HTTP's, of a bug, nothing is told. */
export function viewOf(error: unknown, surface: Surface): ErrorView {
  if (error instanceof HttpError) return error;
  if (!(error instanceof MillraceError)) {
    return { status: 500, errorCode: 500, message: 'internal server error', headers: {} };
  }
  const entry: ErrorEntry = errorTable[error.code];
  const { status, errorCode } = entry[surface];
  return { status, errorCode, message: error.message, headers: entry.retriable ? retryAfter : {} };
}

/** Whether the error tells of a mistake in Millrace rather than in a request or a store. */
export const isBug = (error: unknown): boolean => !(error instanceof HttpError || error instanceof MillraceError);

export function errorReply(error: unknown, surface: Surface): Reply {
  const { status, headers, errorCode, message } = viewOf(error, surface);
  const body = JSON.stringify({ error_code: errorCode, message });
  return { status, headers: { ...headers, 'Content-Type': 'application/json' }, body };
}

export const surfaceOf = (path: string): Surface => (path === '/v3' || path.startsWith('/v3/') ? 'v3' : 'v2');
