import { describe, expect, it } from 'vitest';
import { commit, committed, kinds, reset, unknown } from './example-operations.ts';

describe('a committed offset', () => {
  it('is the one of the reset that was acknowledged', () => {
    expect(kinds(commit(5), reset(2), committed(5))).toEqual(['committed-offset-from-nowhere']);
    expect(kinds(commit(5), reset(100), committed(0))).toEqual(['committed-offset-went-back']);
    expect(kinds(commit(5), reset(100), committed(100))).toEqual([]);
  });

  it('is one that someone asked for', () => {
    expect(kinds(commit(5), committed(9))).toEqual(['committed-offset-from-nowhere']);
    expect(kinds(committed(9), commit(9))).toContain('committed-offset-from-nowhere');
    expect(kinds(commit(5), commit(9, unknown), committed(9))).toEqual([]);
  });

  it('may be one that was asked for while it was reset, or whose outcome is unknown', () => {
    const late = commit(5);
    const resetting = reset(2);
    expect(kinds({ ...late, end: resetting.end }, resetting, committed(5))).toEqual([]);
    expect(kinds(commit(5, unknown), reset(2), committed(5))).toEqual([]);
  });

  it('may be any of two resets that overlap', () => {
    const first = reset(7);
    const both = [{ ...reset(2), start: first.start }, first];
    expect(kinds(...both, committed(2))).toEqual([]);
    expect(kinds(...both, committed(7))).toEqual([]);
  });

  it('may be read while it is reset', () => {
    const before = commit(10);
    const reading = committed(2);
    const resetting = reset(2);
    expect(kinds(before, { ...reading, end: resetting.end + 0.5 }, resetting)).toEqual([]);
    expect(kinds(before, { ...reading, answer: { outcome: 'ok', result: { offset: 3 } } }, resetting)).toContain(
      'committed-offset-went-back',
    );
  });
});
