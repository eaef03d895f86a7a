import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromIso, toIso } from '../../lib/http/iso-timestamp.ts';
import { limits } from '../../lib/protocol/limits.ts';

describe('ISO 8601', () => {
  it('comes back from any time a record may have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: limits.timestampMs }), time => {
        expect(fromIso(toIso(time))).toBe(time);
      }),
    );
  });

  it('leaves out a fraction of nothing, as Java does', () => {
    expect(toIso(1_700_000_000_000)).toBe('2023-11-14T22:13:20Z');
    expect(toIso(1_700_000_000_010)).toBe('2023-11-14T22:13:20.010Z');
  });

  it.each([
    ['2024-01-02T03:04:05+01:30', '2024-01-02T01:34:05Z'],
    ['2024-01-02T03:04:05-01:00', '2024-01-02T04:04:05Z'],
    ['2024-01-02T03:04Z', '2024-01-02T03:04:00Z'],
    ['2024-02-29T00:00:00.123456789Z', '2024-02-29T00:00:00.123Z'],
    ['+275760-09-13T00:00:00Z', '+275760-09-13T00:00:00Z'],
  ])('reads %s', (text, time) => {
    expect(toIso(fromIso(text) ?? Number.NaN)).toBe(time);
  });

  it.each([
    '2024-01-02',
    '2024-01-02T03:04:05',
    '2024-01-02 03:04:05Z',
    '2023-02-29T00:00:00Z',
    '2024-01-02T24:00:00Z',
    '2024-01-02T03:04:60Z',
    '2024-01-02T03:04:05+24:00',
    '+275760-09-13T00:00:00.001Z',
    '1700000000000',
    '',
  ])('refuses %j', text => {
    expect(fromIso(text)).toBeUndefined();
  });
});
