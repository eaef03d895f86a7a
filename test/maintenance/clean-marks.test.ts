import { describe, expect, it } from 'vitest';
import { areAlike, type CleanMarks, marksOf } from '../../lib/maintenance/clean-marks.ts';

const never: CleanMarks = {};
const clean = (mark: number, tombstones = 0, tombstonesSeenAt?: number): CleanMarks => ({
  clean: mark,
  tombstones,
  ...(tombstonesSeenAt !== undefined && { tombstonesSeenAt }),
});

describe('segments that were cleaned', () => {
  it.each<[string, boolean, readonly CleanMarks[]]>([
    ['never', true, [never, never]],
    ['up to the same offset', true, [clean(9), clean(9)]],
    ['up to different offsets', false, [clean(9), clean(8)]],
    ['and others never', false, [clean(9), never]],
    ['with tombstones of one time', true, [clean(9, 1, 5), clean(9, 2, 5), clean(9)]],
    ['with tombstones of two times', false, [clean(9, 1, 5), clean(9), clean(9, 2, 6)]],
    ['with tombstones, of which some were not seen', false, [clean(9, 1, 5), clean(9, 2)]],
  ])('%s: alike: %s', (_what, expected, marks) => {
    expect(areAlike(marks)).toBe(expected);
  });

  it('are as clean as the one that is least, their tombstones seen when the last of them were', () => {
    expect(marksOf([clean(9, 1, 5), clean(8, 2, 7), clean(10, 0, 99)])).toEqual(clean(8, 3, 7));
    expect(marksOf([clean(9, 1, 5), clean(9, 1)])).toEqual(clean(9, 2));
    expect(marksOf([clean(9, 1, 5), never])).toEqual({});
    expect(marksOf([clean(9), clean(9)])).toEqual(clean(9));
  });
});
