import { describe, expect, it } from 'vitest';
import { inSequence, kinds, ok, read, sent, unknown } from './example-operations.ts';

describe('a gap is made of batches with an unknown outcome', () => {
  it('of which an idempotent one stands once', () => {
    const tries = [sent(['a'], unknown, inSequence(0)), sent(['a'], ok(0), inSequence(0))];
    expect(kinds(...tries, sent(['b'], ok(2)), read(0, ['a', '', 'b']))).toContain('gap');
    const twice = [sent(['z'], unknown, inSequence(0)), sent(['z'], unknown, inSequence(0))];
    expect(kinds(...twice, sent(['b'], ok(2)), read(0, ['', '', 'b']))).toContain('gap');
    expect(kinds(...twice, sent(['b'], ok(1)), read(0, ['', 'b']))).toEqual([]);
  });

  it('that had been sent', () => {
    const passing = [sent(['b'], ok(1)), read(0, ['', 'b'])];
    expect(kinds(...passing, sent(['z'], unknown))).toContain('gap');
    expect(kinds(sent(['z'], unknown), sent(['b'], ok(1)), read(0, ['', 'b']))).toEqual([]);
  });

  it('whole', () => {
    const readAfter = (values: string[]) => [
      sent(['y', 'z'], unknown),
      sent(['b'], ok(values.length - 1)),
      read(0, values),
    ];
    expect(kinds(...readAfter(['', 'b']))).toEqual(['gap']);
    expect(kinds(...readAfter(['', '', 'b']))).toEqual([]);
  });

  it('of which nobody read a record', () => {
    const one = [sent(['y', 'z'], unknown), read(0, ['y'], { highWatermark: 2 })];
    expect(kinds(...one, read(1, ['']))).toEqual(['gap']);
    expect(kinds(...one, read(1, ['z']))).toEqual([]);
  });
});
