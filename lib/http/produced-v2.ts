/** What v2 answers to records produced. */
import * as z from 'zod';
import type { ProduceResult } from '../produce/produce-records.ts';
import type { MillraceError } from '../protocol/errors.ts';
import { retryAfter } from './http-error.ts';
import type { Reply } from './reply.ts';

/** Published codes of a record that was not stored. */
const FINAL = 50002;
const RETRIABLE = 50003;

const offset = z.object({
  partition: z.int().nullable(),
  offset: z.int().nullable(),
  error_code: z
    .int()
    .nullable()
    .meta({ description: `null where stored; ${FINAL} final, ${RETRIABLE} retriable.` }),
  error: z.string().nullable(),
});

export const producedV2 = z.object({
  offsets: z.array(offset),
  key_schema_id: z.null(),
  value_schema_id: z.null(),
});

/**
 * One offset or error for each result: 200 where anything was stored, 422 where nothing was.
 *
 * What befell the request as a whole is the answer as a whole: an error that a retry may overcome and that left nothing
 * stored, and any error of records that stand or fall together.
 */
export function producedReply(results: readonly ProduceResult[], { isAllOrNone = false } = {}): Reply {
  const errors = results.flatMap(result => ('error' in result ? [result.error] : []));
  const isNoneStored = errors.length === results.length;
  const whole = isNoneStored ? errorOfAll(errors, isAllOrNone) : undefined;
  if (whole) throw whole;
  const headers = errors.some(error => error.retriable) ? retryAfter : {};
  return { body: bodyOf(results), status: isNoneStored ? 422 : 200, headers };
}

/** Where one may be stored after all, the answer must not say that none is. */
function errorOfAll(errors: readonly MillraceError[], isAllOrNone: boolean): MillraceError | undefined {
  const unknown = errors.find(error => error.outcome === 'unknown');
  if (unknown) return unknown;
  return isAllOrNone || errors.every(error => error.retriable) ? errors[0] : undefined;
}

/** As `JSON.stringify` would write it, which takes five times as long for records that are stored. */
function bodyOf(results: readonly ProduceResult[]): string {
  const offsets = results.map(result =>
    'error' in result
      ? JSON.stringify(refused(result.error))
      : `{"partition":${result.partition},"offset":${result.offset},"error_code":null,"error":null}`,
  );
  return `{"offsets":[${offsets.join(',')}],"key_schema_id":null,"value_schema_id":null}`;
}

const refused = (error: MillraceError): z.infer<typeof offset> => ({
  partition: null,
  offset: null,
  error_code: codeOf(error),
  error: error.message,
});

const codeOf = (error: MillraceError): number => (error.retriable ? RETRIABLE : FINAL);
