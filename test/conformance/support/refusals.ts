/**
 * What a refusal looks like: `{"error_code", "message"}` with a code that begins with the HTTP status.
 *
 * Where the documents leave room for one of several codes, a case names them all; where they leave room between refusing
 * the request and refusing its records, it uses `expectRecordsRefused`.
 */
import { expect } from 'vitest';
import * as z from 'zod';
import type { Answer } from '../client.ts';
import { parseConcatenated } from './concatenated-json.ts';
import { batchReport, deliveryReport, produced } from './shapes.ts';

const errorBody = z.strictObject({ error_code: z.int(), message: z.string().min(1) });

export type ErrorBody = z.infer<typeof errorBody>;

export interface ExpectedError {
  readonly status: number | readonly number[];
  readonly code?: number | readonly number[];
  readonly message?: RegExp;
}

/** What a request that is wrong in itself may get. */
export const malformed: ExpectedError = { status: [400, 422] };

/** What a body gets that is no JSON. */
export const notJson: ExpectedError = { status: 400, code: 400 };

/** What a body gets that is JSON, but not what the route takes. */
export const misfit: ExpectedError = { status: 422, code: 422 };

/** Codes of errors that go away by themselves: they tell when to come back. */
const retriableCodes: readonly number[] = [40910, 40914, 42901, 50003, 50302, 50391];

export function expectError(answer: Answer, expected: ExpectedError): ErrorBody {
  expect(listOf(expected.status), answer.text.slice(0, 500)).toContain(answer.status);
  expect(answer.type, answer.text).toBe('application/json');
  const error = errorBody.parse(answer.json);
  expect(statusOf(error.error_code), `the status that error_code ${error.error_code} belongs to`).toBe(answer.status);
  if (expected.code !== undefined) expect(listOf(expected.code), error.message).toContain(error.error_code);
  if (expected.message !== undefined) expect(error.message).toMatch(expected.message);
  if (retriableCodes.includes(error.error_code)) expect(answer.headers.get('retry-after')).toMatch(/^[1-9][0-9]*$/);
  return error;
}

/** That a produce request stored nothing: refused as a whole, or each of its records by name. */
export function expectRecordsRefused(answer: Answer, message?: RegExp): void {
  const messages = refusalsOf(answer);
  expect(messages, answer.text).not.toHaveLength(0);
  for (const text of messages) {
    expect(text).toMatch(/\S/);
    if (message) expect(text).toMatch(message);
  }
}

/** The message of each refusal, if the answer acknowledges nothing. */
function refusalsOf(answer: Answer): string[] {
  if (answer.status === 207) {
    const { successes, failures } = batchReport.parse(answer.json);
    expect(successes).toEqual([]);
    return failures.map(failure => failure.message);
  }
  if (answer.status === 200) return parseConcatenated(answer.text).map(refusedReport);
  if (answer.status === 422 && Object.hasOwn(answer.json as object, 'offsets')) {
    return produced.parse(answer.json).offsets.map(({ error }) => error ?? expect.fail('a record without an error'));
  }
  return [expectError(answer, { status: [400, 404, 413, 422] }).message];
}

function refusedReport(json: unknown): string {
  const report = deliveryReport.parse(json);
  return 'message' in report ? report.message : expect.fail(`an acknowledged record: ${JSON.stringify(report)}`);
}

const listOf = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value);

/** 40403 belongs to 404; 404 is its own. */
const statusOf = (errorCode: number): number => (errorCode > 999 ? Math.floor(errorCode / 100) : errorCode);
