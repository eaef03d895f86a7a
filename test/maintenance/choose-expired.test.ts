import { describe, expect, it } from 'vitest';
import { isExpired, retentionLimits } from '../../lib/maintenance/choose-expired.ts';
import { segmentAt } from '../log/segment-arbitrary.ts';

const DAY = 86_400_000;
const NOW = 1_700_000_000_000;

const never = { ms: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

const log = { logStartOffset: 0, sizeInBytes: 10_000, now: NOW };

const segment = (fields: { readonly maxTimestamp?: number; readonly createdTo?: number } = {}) =>
  segmentAt({ baseOffset: 100, count: 50, sizeInBytes: 1_000, createdTo: NOW, ...fields });

describe('the limits of retention', () => {
  it('are seven days and no size unless the topic says otherwise', () => {
    expect(retentionLimits({})).toEqual({ ms: 7 * DAY, bytes: Number.POSITIVE_INFINITY });
  });

  it('are those of the topic', () => {
    expect(retentionLimits({ 'retention.ms': '60000', 'retention.bytes': '0' })).toEqual({ ms: 60_000, bytes: 0 });
  });

  it('are none where the topic says -1', () => {
    expect(retentionLimits({ 'retention.ms': '-1', 'retention.bytes': '-1' })).toEqual(never);
  });

  it('are none without the policy delete', () => {
    const limits = { 'retention.ms': '1', 'retention.bytes': '1' };
    expect(retentionLimits({ ...limits, 'cleanup.policy': 'compact' })).toEqual(never);
    expect(retentionLimits({ ...limits, 'cleanup.policy': 'compact,delete' })).toEqual({ ms: 1, bytes: 1 });
  });
});

describe('a segment at the start of a log', () => {
  it('stays where nothing limits it', () => {
    expect(isExpired(segment({ maxTimestamp: 0 }), log, never)).toBe(false);
  });

  it.each([
    [DAY - 1, false],
    [DAY, false],
    [DAY + 1, true],
  ])('whose newest record is %d ms old under a limit of a day: goes: %s', (age, goes) => {
    expect(isExpired(segment({ maxTimestamp: NOW - age }), log, { ...never, ms: DAY })).toBe(goes);
  });

  it('without timestamps is as old as its newest entry', () => {
    const limits = { ...never, ms: DAY };
    expect(isExpired(segment({ maxTimestamp: -1, createdTo: NOW - DAY }), log, limits)).toBe(false);
    expect(isExpired(segment({ maxTimestamp: -1, createdTo: NOW - DAY - 1 }), log, limits)).toBe(true);
  });

  it('whose records are from the future stays, whenever it was made', () => {
    const early = segment({ maxTimestamp: NOW + DAY, createdTo: NOW - 9 * DAY });
    expect(isExpired(early, log, { ...never, ms: DAY })).toBe(false);
  });

  it.each([
    [8_999, true],
    [9_000, true],
    [9_001, false],
  ])('before 9,000 bytes under a limit of %d bytes: goes: %s', (bytes, goes) => {
    expect(isExpired(segment(), log, { ...never, bytes })).toBe(goes);
  });

  it.each([
    [149, false],
    [150, true],
    [151, true],
  ])('that ends at 150 in a log that starts at %d: goes: %s', (logStartOffset, goes) => {
    expect(isExpired(segment(), { ...log, logStartOffset }, never)).toBe(goes);
  });
});
