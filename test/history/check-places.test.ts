import { describe, expect, it } from 'vitest';
import { DAY, inSequence, kinds, kindsWith, ok, pass, read, sent, unknown } from './example-operations.ts';

describe('a batch stands whole', () => {
  it('not in another order', () => {
    expect(kinds(sent(['a', 'b'], unknown, inSequence(0)), read(0, ['b', 'a']))).toContain('torn-batch');
    expect(kinds(sent(['a', 'b'], unknown, inSequence(0)), read(0, ['a', 'b']))).toEqual([]);
  });

  it('with nothing between its records', () => {
    const torn = [sent(['a', 'b'], unknown, inSequence(0)), sent(['x'], ok(1)), read(0, ['a', 'x', 'b'])];
    expect(kinds(...torn)).toContain('torn-batch');
    const later = [sent(['a', 'b'], unknown, inSequence(0)), sent(['c'], unknown, inSequence(2))];
    expect(kinds(...later, read(0, ['a', 'c', 'b']))).toContain('torn-batch');
    expect(kinds(...later, read(0, ['a', 'b', 'c']))).toEqual([]);
  });

  it('with its end too', () => {
    const half = [sent(['a', 'b'], unknown), sent(['x'], ok(1)), read(0, ['a', 'x'])];
    expect(kinds(...half)).toContain('torn-batch');
    expect(kinds(sent(['a', 'b'], unknown), read(0, ['a']))).toEqual(['torn-batch']);
  });

  it('though two halves were never read together', () => {
    const cut = [sent(['a', 'b'], unknown, inSequence(0)), sent(['x', 'y'], unknown)];
    expect(kinds(...cut, read(0, ['a'], { highWatermark: 4 }), read(3, ['b']))).toContain('torn-batch');
  });

  it('though an answer ends within it', () => {
    expect(kinds(sent(['a', 'b'], unknown), read(0, ['a'], { highWatermark: 2 }), read(1, ['b']))).toEqual([]);
  });

  it('once for each try without idempotence', () => {
    const tries = [sent(['a', 'b'], unknown), sent(['a', 'b'], ok(2))];
    expect(kinds(...tries, read(0, ['a', 'b', 'a', 'b']))).toEqual([]);
    expect(kinds(...tries, read(0, ['a', 'b', 'a', 'b', 'a', 'b']))).toContain('one-value-at-two-offsets');
  });
});

describe('a producer that may be forgotten', () => {
  const stored = (silenceMs: number) => {
    const first = sent(['a'], unknown, inSequence(0));
    pass(silenceMs);
    return [first, sent(['a'], ok(1), inSequence(0)), read(0, ['a', 'a'])];
  };

  it('may store a batch again after so long', () => {
    expect(kindsWith({ producerForgottenMs: 25 * DAY }, stored(40 * DAY))).toEqual([]);
  });

  it('may not before', () => {
    expect(kindsWith({ producerForgottenMs: 25 * DAY }, stored(20 * DAY))).toContain('one-value-at-two-offsets');
    expect(kinds(...stored(40 * DAY))).toContain('one-value-at-two-offsets');
  });
});
