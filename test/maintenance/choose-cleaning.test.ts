import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areTombstonesOver,
  type CleaningLimits,
  cleaningLimits,
  cleanPointOf,
  dirtinessOf,
  dirtyEndOf,
  isToBeSeen,
  seenAt,
} from '../../lib/maintenance/choose-cleaning.ts';
import { type SegmentFields, segmentAt } from '../log/segment-arbitrary.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_000 * HOUR;

const limits: CleaningLimits = { ...cleaningLimits({}), minDirtyRatio: 0.5 };

/** Segments of ten offsets each, end to end. */
const tens = (...fields: Partial<SegmentFields>[]) =>
  fields.map((field, index) => segmentAt({ baseOffset: 10 * index, count: 10, ...field }));

describe('the clean point', () => {
  it.each([
    ['nothing', [], 0],
    ['what was never cleaned', [{}, {}], 0],
    ['what was cleaned whole', [{ clean: 20 }, { clean: 20 }], 20],
    ['a dirty part', [{ clean: 20 }, { clean: 20 }, {}], 20],
    ['a pass that ended within a segment', [{ clean: 15 }, { clean: 15 }, {}], 15],
    ['a pass that was broken off', [{ clean: 30 }, { clean: 20 }, {}], 20],
    ['a pass that was broken off in the dirty part', [{ clean: 30 }, { clean: 30 }, {}], 20],
    ['segments that were cleaned behind others that were not', [{ clean: 10 }, {}, { clean: 30 }], 10],
    ['a mark below its own segment', [{ clean: 20 }, { clean: 5 }], 10],
  ])('of %s', (_what, fields, expected) => {
    expect(cleanPointOf(tens(...fields))).toBe(expected);
  });

  it('is the first offset where retention took what was before', () => {
    expect(cleanPointOf([segmentAt({ baseOffset: 70, count: 10 })])).toBe(70);
  });

  it('is the largest offset below which every segment is clean up to it', () => {
    const clean = fc.option(fc.nat(60), { nil: undefined });
    fc.assert(
      fc.property(fc.array(clean, { maxLength: 5 }), marks => {
        const segments = tens(...marks.map(mark => (mark === undefined ? {} : { clean: mark })));
        const isCleanTo = (offset: number) =>
          segments.every(({ baseOffset, clean: mark = 0 }) => baseOffset >= offset || mark >= offset);
        const end = 10 * segments.length;
        const largest = Array.from({ length: end + 1 }, (_, offset) => end - offset).find(isCleanTo);
        expect(cleanPointOf(segments)).toBe(largest);
      }),
    );
  });
});

describe('the dirty part', () => {
  const clean = { clean: 20, sizeInBytes: 100 };

  it('is cleaned when its share of the bytes is above the limit', () => {
    const bytes = (sizeInBytes: number) => tens(clean, clean, { sizeInBytes });
    expect(dirtinessOf(bytes(200), limits, NOW).dirtyRatio).toBe(0.5);
    expect([199, 200, 201].map(size => dirtyEndOf(bytes(size), limits, NOW))).toEqual([undefined, undefined, 30]);
  });

  it('is cleaned when its oldest entry is older than the greatest lag, however small it is', () => {
    const segments = tens(clean, clean, { sizeInBytes: 1, createdFrom: NOW - HOUR, createdTo: NOW });
    const endAt = (maxLagMs: number) => dirtyEndOf(segments, { ...limits, maxLagMs }, NOW);
    expect([HOUR + 1, HOUR, HOUR - 1].map(endAt)).toEqual([undefined, undefined, 30]);
  });

  it('ends before the first segment with an entry younger than the least lag', () => {
    const dirty = (createdTo: number) => ({ createdFrom: 0, createdTo });
    const segments = tens(dirty(NOW - HOUR), dirty(NOW - HOUR + 1), dirty(NOW - 2 * HOUR));
    expect(dirtyEndOf(segments, { ...limits, minLagMs: HOUR }, NOW)).toBe(10);
    expect(dirtyEndOf(segments, { ...limits, minLagMs: 0 }, NOW)).toBe(30);
    expect(dirtyEndOf(segments.slice(1), { ...limits, minLagMs: HOUR }, NOW)).toBeUndefined();
  });

  it('is not cleaned where that would touch what is too young below it', () => {
    const segments = tens({ clean: 10, createdTo: NOW }, { createdTo: 0 });
    expect(dirtyEndOf(segments, { ...limits, minLagMs: HOUR }, NOW)).toBeUndefined();
  });

  it('is gone on with where a pass was broken off, up to the same end, however small it is', () => {
    const one = { sizeInBytes: 1 };
    const begun = tens({ ...clean, clean: 30 }, clean, one, one);
    expect(dirtyEndOf(begun, limits, NOW)).toBe(30);
    const twice = tens({ ...clean, clean: 40 }, { ...clean, clean: 30 }, one, one);
    expect(dirtyEndOf(twice, limits, NOW)).toBe(30);
  });

  it('is none of an empty log, and none of a clean one', () => {
    expect(dirtyEndOf([], limits, NOW)).toBeUndefined();
    expect(dirtyEndOf(tens(clean, clean), { ...limits, minDirtyRatio: 0 }, NOW)).toBeUndefined();
    expect(dirtinessOf([], limits, NOW).dirtyRatio).toBe(0);
  });
});

describe('tombstones', () => {
  const settled = { baseOffset: 0, count: 10, tombstones: 1, clean: 10 };

  it('are seen once all of their segment is below the clean point', () => {
    const isSeen = (fields: Partial<SegmentFields>, cleanPoint = 10) =>
      isToBeSeen(segmentAt({ ...settled, ...fields }), cleanPoint, NOW);
    expect(isSeen({})).toBe(true);
    expect(isSeen({}, 9)).toBe(false);
    expect(isSeen({ tombstones: 0 })).toBe(false);
    expect(isSeen({ tombstonesSeenAt: NOW })).toBe(false);
  });

  it('are seen again where a clock far ahead said when', () => {
    const saidAt = (tombstonesSeenAt: number) => isToBeSeen(segmentAt({ ...settled, tombstonesSeenAt }), 10, NOW);
    expect([saidAt(seenAt(NOW) + 15 * MINUTE), saidAt(NOW + 2 * HOUR)]).toEqual([false, true]);
  });

  it('go when their time is over, and that of a manifest, and all clocks say so', () => {
    const over = (cleanPoint: number, now: number, fields: Partial<SegmentFields> = {}) => {
      const segment = segmentAt({ ...settled, tombstonesSeenAt: NOW, ...fields });
      return areTombstonesOver(segment, cleanPoint, { minLagMs: 0, deleteRetentionMs: HOUR }, now);
    };
    const due = NOW + HOUR + 30 * MINUTE;
    expect([over(10, due - 1), over(10, due), over(9, due)]).toEqual([false, true, false]);
    expect(over(10, due, { tombstones: 0 })).toBe(false);
  });

  it('stay while they are younger than the least lag, however long ago they were seen', () => {
    const segment = segmentAt({ ...settled, tombstonesSeenAt: 0, createdTo: NOW - HOUR });
    const isOver = (minLagMs: number) => areTombstonesOver(segment, 10, { minLagMs, deleteRetentionMs: 0 }, NOW);
    expect([isOver(HOUR), isOver(HOUR + 1)]).toEqual([true, false]);
  });

  it('are seen at the end of an hour: not earlier, and those of one hour at once', () => {
    expect([seenAt(NOW), seenAt(NOW + 1), seenAt(NOW + HOUR)]).toEqual([NOW, NOW + HOUR, NOW + HOUR]);
  });
});
