import { describe, expect, it } from 'vitest';
import { shouldRetry, waitBeforeRetry } from '../../lib/client/retry.ts';

const lost = { retriable: true, outcome: 'unknown' } as const;
const refusedForNow = { retriable: true, outcome: 'not-applied' } as const;
const refused = { retriable: false, outcome: 'not-applied' } as const;

describe('whether to try again', () => {
  it.each([
    ['a repeatable request that was lost', lost, true, true],
    ['a request that must not be applied twice and was lost', lost, false, false],
    ['a repeatable request that was refused for now', refusedForNow, true, true],
    ['a request that must not be applied twice and was refused for now', refusedForNow, false, true],
    ['a request that was refused for good', refused, true, false],
  ])('%s', (_, error, repeatable, expected) => {
    expect(shouldRetry({ error, repeatable, attempts: 1 })).toBe(expected);
  });

  it('gives up after eight tries', () => {
    const retries = (attempts: number) => shouldRetry({ error: lost, repeatable: true, attempts });
    expect([retries(7), retries(8)]).toEqual([true, false]);
  });
});

describe('how long to wait', () => {
  const wait = (attempts: number, retryAfterMs?: number, random = 0.5) =>
    waitBeforeRetry({ attempts, retryAfterMs, random });

  it('doubles from try to try, up to a limit', () => {
    expect([wait(1), wait(2), wait(3), wait(7), wait(50)]).toEqual([75, 150, 300, 3_750, 3_750]);
  });

  it('is what the server asked for where that is longer', () => {
    expect([wait(1, 1_000), wait(7, 1_000)]).toEqual([1_000, 3_750]);
  });

  it('is half sure: all tries together outlast five seconds', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map(attempts => wait(attempts, undefined, 0));
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(5_000);
  });

  it('is half a minute where the server asked for more', () => {
    expect(wait(1, 3_600_000)).toBe(30_000);
  });
});
