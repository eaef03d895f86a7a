import { describe, expect, it } from 'vitest';
import { committedBy, deleted, joins, kinds, ok, read, readByGroup, reset, sent } from './example-operations.ts';

const each = (...names: string[]) => names.map((name, offset) => sent([name], ok(offset)));

const of = (end: number, logStartOffset = 0) => ({ highWatermark: end, logStartOffset });

describe('a committed offset', () => {
  it('is one below which a member was given every record before', () => {
    const all = each('a', 'b', 'c');
    expect(kinds(...all, readByGroup(0, ['a', 'b'], of(3)), readByGroup(2, ['c']), committedBy('m', 1, 3))).toEqual([]);
    expect(kinds(...all, readByGroup(2, ['c']), committedBy('m', 1, 3), readByGroup(0, ['a', 'b'], of(3)))).toEqual([
      'skipped-record',
    ]);
    expect(kinds(...all, read(0, ['a', 'b', 'c'], of(3)), readByGroup(2, ['c']), committedBy('m', 1, 3))).toEqual([
      'skipped-record',
    ]);
  });

  it('may be above what was gone, or what somebody set', () => {
    const all = each('a', 'b', 'c');
    expect(kinds(...all, deleted(2), readByGroup(2, ['c'], of(3, 2)), committedBy('m', 1, 3))).toEqual([]);
    expect(kinds(...all, reset(2), readByGroup(2, ['c']), committedBy('m', 1, 3))).toEqual([]);
  });

  it('of a group that begins at the end is above nothing that was sent after it had joined', () => {
    const before = each('a');
    const join = joins('latest');
    const after = sent(['b'], ok(1));
    expect(kinds(...before, join, after, readByGroup(1, ['b']), committedBy('m', 1, 2))).toEqual([]);
    const more = sent(['c'], ok(2));
    expect(kinds(...before, join, after, more, readByGroup(2, ['c']), committedBy('m', 1, 3))).toEqual([
      'skipped-record',
    ]);
  });
});
