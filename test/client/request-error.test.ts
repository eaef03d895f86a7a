import { describe, expect, it } from 'vitest';
import { answeredError, unansweredError } from '../../lib/client/request-error.ts';
import { type ErrorCode, errorTable } from '../../lib/protocol/errors.ts';

const codes = Object.keys(errorTable) as ErrorCode[];

describe('an error that Millrace answers', () => {
  it.each(codes.flatMap(code => [[code, 'v2'] as const, [code, 'v3'] as const]))(
    '%s on %s is understood',
    (code, surface) => {
      const { kafkaName, retriable, outcome, [surface]: http } = errorTable[code];
      const error = answeredError({ ...http, message: `${kafkaName}: why` });
      expect(error).toMatchObject({ status: http.status, retriable, outcome, message: `${kafkaName}: why` });
      expect(errorTable[error.code ?? 'STORAGE_ERROR']).toMatchObject({ kafkaName, [surface]: http });
    },
  );
});

describe('an error of whatever stands before Millrace', () => {
  it.each([
    [403, { retriable: false, outcome: 'not-applied' }],
    [429, { retriable: true, outcome: 'not-applied' }],
    [500, { retriable: true, outcome: 'unknown' }],
    [504, { retriable: true, outcome: 'unknown' }],
    [200, { retriable: false, outcome: 'unknown' }],
  ])('is judged by its status, %i', (status, judged) => {
    expect(answeredError({ status, message: 'Endpoint request timed out' })).toMatchObject({
      ...judged,
      code: undefined,
    });
  });
});

describe('no answer', () => {
  it('leaves the outcome unknown, and says why', () => {
    const error = unansweredError('POST /topics/t', new TypeError('fetch failed', { cause: new Error('ECONNRESET') }));
    expect(error).toMatchObject({ retriable: true, outcome: 'unknown', status: undefined });
    expect(error.message).toBe('no answer to POST /topics/t: fetch failed (ECONNRESET)');
  });
});
