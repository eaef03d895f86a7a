import { describe, expect, it } from 'vitest';
import { producedReply } from '../../lib/http/produced-v2.ts';
import { type ErrorCode, MillraceError } from '../../lib/protocol/errors.ts';

const stored = { partition: 0, offset: 5, timestamp: 1 };

const failed = (code: ErrorCode) => ({ error: new MillraceError(code, 'why') });

const thrownBy = (...codes: ErrorCode[]) => {
  try {
    producedReply(codes.map(failed));
    return undefined;
  } catch (error) {
    return error instanceof MillraceError ? error.code : error;
  }
};

describe('the answer to records produced', () => {
  it('is 200 where any is stored, with the error of each that is not', () => {
    const { status, body } = producedReply([stored, failed('MESSAGE_TOO_LARGE'), failed('THROTTLED')]);
    expect(status).toBe(200);
    expect(JSON.parse(String(body)).offsets).toMatchObject([
      { offset: 5 },
      { error_code: 50002 },
      { error_code: 50003 },
    ]);
  });

  it('is 422 where none is stored, and for good', () => {
    expect(producedReply([failed('MESSAGE_TOO_LARGE'), failed('THROTTLED')]).status).toBe(422);
  });

  it('is the error of all where a retry may mend each', () => {
    expect(thrownBy('THROTTLED', 'STORE_UNAVAILABLE')).toBe('THROTTLED');
  });

  it('never says that none is stored where one may be', () => {
    expect(thrownBy('THROTTLED', 'OUTCOME_UNKNOWN')).toBe('OUTCOME_UNKNOWN');
    expect(thrownBy('MESSAGE_TOO_LARGE', 'OUTCOME_UNKNOWN')).toBe('OUTCOME_UNKNOWN');
  });
});
