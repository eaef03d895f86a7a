import { describe, expect, it } from 'vitest';
import { inSequence, kinds, ok, read, sent, unknown } from './example-operations.ts';

describe('a batch stands above', () => {
  it('every high watermark that was told before it was sent', () => {
    const before = [sent(['x'], unknown), read(0, [''])];
    expect(kinds(...before, sent(['b'], ok(0)))).toContain('reordered-send');
    expect(kinds(...before, sent(['b'], ok(1)))).toEqual([]);
  });

  it('what was acknowledged before it was sent, though its own outcome is unknown', () => {
    const slow = sent(['b'], unknown);
    const acknowledged = sent(['a'], ok(1));
    expect(kinds(acknowledged, sent(['b'], unknown), read(0, ['b', 'a']))).toContain('reordered-send');
    expect(kinds(slow, acknowledged, read(0, ['b', 'a']))).toEqual([]);
  });

  it('what was acknowledged before the try that stored it, without idempotence', () => {
    const between = [sent(['b'], unknown), sent(['a'], ok(1))];
    expect(kinds(...between, sent(['b'], ok(0)))).toContain('reordered-send');
    const answered = [sent(['b'], unknown, inSequence(0)), sent(['a'], ok(1)), sent(['b'], ok(0), inSequence(0))];
    expect(kinds(...answered)).toEqual([]);
  });
});

describe('a producer leaves out no sequence', () => {
  const first = () => sent(['a'], ok(0), inSequence(0));
  const lost = () => sent(['b'], unknown, inSequence(1));

  it('within an epoch', () => {
    expect(kinds(first(), lost(), sent(['c'], ok(1), inSequence(2)), read(0, ['a', 'c']))).toEqual([
      'missing-sequence',
    ]);
    expect(kinds(first(), lost(), sent(['c'], ok(2), inSequence(2)), read(0, ['a', 'b', 'c']))).toEqual([]);
  });

  it('at the start of one', () => {
    expect(kinds(first(), sent(['c'], ok(1), inSequence(7, 1)))).toEqual(['missing-sequence']);
    expect(kinds(first(), sent(['c'], ok(1), inSequence(0, 1)))).toEqual([]);
  });

  it('though others have the offsets in between', () => {
    const others = [first(), sent(['x'], ok(1)), sent(['c'], ok(2), inSequence(2))];
    expect(kinds(...others)).toEqual(['missing-sequence']);
  });

  it('but may have it where nobody has looked, or where a batch was dropped', () => {
    expect(kinds(first(), lost(), sent(['c'], ok(2), inSequence(2)))).toEqual([]);
    expect(kinds(first(), lost(), sent(['c'], ok(2), inSequence(2)), read(0, ['a', '', 'c']))).toEqual([]);
  });

  it('but begins again after the last one', () => {
    const last = 2 ** 31 - 1;
    const before = [
      sent(['x'], unknown),
      sent(['a'], ok(last), inSequence(last)),
      sent(['b'], ok(last + 1), inSequence(0)),
    ];
    expect(kinds(...before)).not.toContain('reordered-send');
    expect(kinds(...before)).not.toContain('missing-sequence');
  });
});
