import { describe, expect, it } from 'vitest';
import {
  checkCount,
  checkCounts,
  countsTopicOf,
  type StoredCount,
} from '../../examples/website-activity/page-counts.ts';

const count = (offset: number, key: string, views: number, clickOffset: number): StoredCount => ({
  offset,
  key,
  value: { views, offset: clickOffset },
});

const batches = (offset: number, given: number, again: number): StoredCount => ({
  offset,
  key: 'batches',
  value: { batches: given, again },
});

const partitions = [
  [count(0, '/', 2, 1), batches(1, 1, 0), count(2, '/', 3, 7), count(3, '/about', 1, 8), batches(4, 2, 0)],
  [count(0, '/', 5, 4), batches(1, 4, 2)],
];

const file = new Map(Object.entries({ '/': 8, '/about': 1 }));

const check = (read: readonly (readonly StoredCount[])[], expected = file) =>
  checkCounts({ reading: 'r', partitions: read, sizeInBytes: 9, expectedRecords: read.flat().length }, expected);

describe('a reading of the counts', () => {
  it('agrees where each page has as many views as in the file, all partitions together', () => {
    const agreed = { reading: 'r', records: 7, sizeInBytes: 9, pages: 2, views: 9, findings: [] };
    expect(check(partitions)).toEqual(agreed);
  });

  it('tells which pages have too many, too few or none', () => {
    const expected = new Map(Object.entries({ '/': 7, '/jobs': 1 }));
    expect(check(partitions, expected).findings).toEqual([
      'page /: 7 in the file, 8 read',
      'page /jobs: 1 in the file, 0 read',
      'page /about: 0 in the file, 1 read',
    ]);
  });

  it('tells where a count went back, though it is right in the end', () => {
    const back = [[count(0, '/', 2, 1), count(1, '/', 1, 0), count(2, '/', 8, 9), count(3, '/about', 1, 5)]];
    expect(check(back).findings).toEqual(['partition 0: the count of / went back']);
  });

  it('tells where records are missing that do not show in the counts', () => {
    const read = { reading: 'r', partitions, sizeInBytes: 0, expectedRecords: 8 };
    expect(checkCounts(read, file).findings).toEqual(['7 records, 8 expected']);
  });
});

describe('the topic of counts', () => {
  it('has the number of the topic that is counted', () => {
    expect(['click', 'click-2'].map(countsTopicOf)).toEqual(['page-counts', 'page-counts-2']);
  });

  it.each([
    { key: '/', value: { views: 1 } },
    { key: '/', value: null },
    { key: 7, value: { views: 1, offset: 0 } },
    { key: 'batches', value: { views: 1, offset: 0 } },
  ])('holds no %o', ({ key, value }) => {
    expect(() => checkCount({ key, value, offset: 3, timestamp: 0 })).toThrow('the record at offset 3 is no count: ');
  });
});
