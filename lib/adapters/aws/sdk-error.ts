/**
 * What an error of the SDK says about the call: that it had no effect, or may have had, or may yet have.
 *
 * A write that took two attempts is unknown whatever the second one says: the first may have been applied without an answer.
 * Only a failed condition tells more, and the item table judges those itself.
 */
import { type ErrorCode, MillraceError } from '../../protocol/errors.ts';

export type CallKind = 'read' | 'write';

/** The parts of the SDK's errors that count, on whatever was thrown. */
interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
}

/** Refused before anything was done. DynamoDB gives its 16 reasons under the first three names. */
const THROTTLING_NAMES: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
]);

/** The request never left this machine. */
const UNSENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

export function toMillraceError(what: string, kind: CallKind, cause: unknown): MillraceError {
  const error = sdkErrorOf(cause);
  const detail = `could not ${what}: ${error.name ?? 'error'}, ${error.message ?? 'no message'}`;
  return new MillraceError(codeFor(error, kind), detail, { cause });
}

/** Whether the request never left this machine. */
export const isUnsent = (error: unknown): boolean => UNSENT_CODES.has(sdkErrorOf(error).code ?? '');

/** Of the answer; 0 where there was none. */
export const statusOf = (error: unknown): number => sdkErrorOf(error).$metadata?.httpStatusCode ?? 0;

/** How often the SDK sent the request. */
export function attemptsOf(error: unknown): number {
  return sdkErrorOf(error).$metadata?.attempts ?? 1;
}

/** By its name: the SDK's classes are not one class across bundles. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return names.some(name => sdkErrorOf(error).name === name);
}

function codeFor(error: SdkError, kind: CallKind): ErrorCode {
  const status = statusOf(error);
  if (kind === 'write' && attemptsOf(error) > 1) return 'OUTCOME_UNKNOWN';
  if (THROTTLING_NAMES.has(error.name ?? '') || status === 429) return 'THROTTLED';
  if (UNSENT_CODES.has(error.code ?? '')) return 'STORE_UNAVAILABLE';
  if (status >= 400 && status < 500) return 'STORAGE_ERROR';
  return kind === 'write' ? 'OUTCOME_UNKNOWN' : 'STORE_UNAVAILABLE';
}

function sdkErrorOf(value: unknown): SdkError {
  return typeof value === 'object' && value !== null ? value : {};
}
