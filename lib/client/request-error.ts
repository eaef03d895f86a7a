/**
 * The one error of the client: a request that was refused, or of which nothing came back.
 *
 * An answer of Millrace begins its message with Kafka's name of the error, and so finds its entry in `errorTable`. An
 * answer without one is a proxy's or a gateway's: it is judged by its status, and taken to have been applied, perhaps,
 * unless the status says that it never reached Millrace.
 */
import { type ErrorCode, type ErrorEntry, errorTable, type Outcome } from '../protocol/errors.ts';

const FIRST_CLIENT_ERROR = 400;
const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;

interface RequestErrorFields extends ErrorOptions {
  readonly code?: ErrorCode | undefined;
  readonly status?: number | undefined;
  readonly retriable: boolean;
  readonly outcome: Outcome;
  readonly retryAfterMs?: number | undefined;
}

export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** Undefined where the answer was not Millrace's, or where there was none. */
  readonly code: ErrorCode | undefined;
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;
  /** Whether the same request may succeed if it is sent again. */
  readonly retriable: boolean;
  /** Whether the request may have taken effect all the same. */
  readonly outcome: Outcome;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, fields: RequestErrorFields) {
    super(message, fields);
    this.code = fields.code;
    this.status = fields.status;
    this.retriable = fields.retriable;
    this.outcome = fields.outcome;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** What an answer says of its error. */
export interface AnsweredError {
  readonly status: number;
  readonly message: string;
  readonly errorCode?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

export function answeredError(answered: AnsweredError): RequestError {
  const { status, message, retryAfterMs } = answered;
  const code = codeOf(answered);
  const { retriable, outcome } = code ? errorTable[code] : judgeByStatus(status);
  return new RequestError(message, { code, status, retriable, outcome, retryAfterMs });
}

/** The request left, or tried to, and no answer came. */
export function unansweredError(what: string, cause: unknown): RequestError {
  const reason = cause instanceof Error ? describe(cause) : String(cause);
  return new RequestError(`no answer to ${what}: ${reason}`, { retriable: true, outcome: 'unknown', cause });
}

/** The error as the last of several tries, of which an earlier one may have been applied. */
export const withUnknownOutcome = (error: RequestError): RequestError =>
  error.outcome === 'unknown' ? error : new RequestError(error.message, { ...error, outcome: 'unknown', cause: error });

/** One name may have several entries, which their `error_code` tells apart; in a per-record error it does not count. */
function codeOf({ message, errorCode }: AnsweredError): ErrorCode | undefined {
  const named = (Object.keys(errorTable) as ErrorCode[]).filter(code =>
    message.startsWith(`${errorTable[code].kafkaName}:`),
  );
  return named.find(code => hasErrorCode(errorTable[code], errorCode)) ?? named[0];
}

const hasErrorCode = ({ v2, v3 }: ErrorEntry, errorCode: number | undefined): boolean =>
  v2.errorCode === errorCode || v3.errorCode === errorCode;

function judgeByStatus(status: number): { readonly retriable: boolean; readonly outcome: Outcome } {
  if (status === TOO_MANY_REQUESTS) return { retriable: true, outcome: 'not-applied' };
  if (status >= FIRST_SERVER_ERROR) return { retriable: true, outcome: 'unknown' };
  return { retriable: false, outcome: status < FIRST_CLIENT_ERROR ? 'unknown' : 'not-applied' };
}

/** `fetch` keeps the reason, such as ECONNREFUSED, in the cause. */
const describe = (error: Error): string =>
  error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
