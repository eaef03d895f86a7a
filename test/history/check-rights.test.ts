import { describe, expect, it } from 'vitest';
import { commit, committedBy, kinds, reset, unknown } from './example-operations.ts';

describe('a right to commit', () => {
  it('is that of one process', () => {
    expect(kinds(committedBy('a', 1, 3), committedBy('a', 1, 4))).toEqual([]);
    expect(kinds(committedBy('a', 1, 3), committedBy('b', 1, 4))).toEqual(['two-owners']);
    expect(kinds(committedBy('a', 1, 3), committedBy('a', 1, 4, 'a-2'))).toEqual(['two-owners']);
  });

  it('is over once a later one has committed', () => {
    expect(kinds(committedBy('a', 1, 3), committedBy('b', 2, 4))).toEqual([]);
    expect(kinds(committedBy('b', 2, 4), committedBy('a', 1, 5))).toEqual(['stale-commit']);
  });

  it('may commit while a later one does', () => {
    const later = committedBy('b', 2, 4);
    const earlier = committedBy('a', 1, 5);
    expect(kinds(later, { ...earlier, start: later.start })).toEqual([]);
    expect(kinds({ ...later, answer: unknown }, earlier)).toEqual([]);
  });

  it('is over once the offset was reset', () => {
    expect(kinds(committedBy('a', 1, 3), reset(0), committedBy('b', 2, 4))).toEqual([]);
    expect(kinds(committedBy('a', 1, 3), reset(0), committedBy('a', 1, 4))).toEqual(['stale-commit']);
    expect(kinds(committedBy('a', 1, 3), reset(0, unknown), committedBy('a', 1, 4))).toEqual([]);
  });

  it('is nothing to who has none', () => {
    expect(kinds(committedBy('b', 2, 4), commit(5))).toEqual([]);
  });
});
