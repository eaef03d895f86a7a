import { describe, expect, it } from 'vitest';
import { checkHistory } from './check-history.ts';
import { type FetchOperation, fromJsonl, type Operation, type ProduceOperation, toJsonl } from './history.ts';

let time = 0;

/** The next operation in time, after all before it have ended. */
const next = () => ({ client: 'c', log: 'l', start: ++time, end: ++time });

const ok = (baseOffset: number) => ({ outcome: 'ok', result: { baseOffset } }) as const;
const unknown = { outcome: 'unknown', error: 'no answer' } as const;
const failed = { outcome: 'failed', error: 'refused' } as const;

const sent = (
  values: string[],
  answer: ProduceOperation['answer'],
  more: Partial<ProduceOperation> = {},
): ProduceOperation => ({
  operation: 'produce',
  ...next(),
  values,
  answer,
  ...more,
});

const read = (
  offset: number,
  values: string[],
  more: Partial<{ highWatermark: number; logStartOffset: number }> = {},
) => {
  const records = values.map((value, index) => ({ offset: offset + index, value }));
  const nextOffset = offset + values.length;
  const result = { records, nextOffset, highWatermark: nextOffset, logStartOffset: 0, ...more };
  return { operation: 'fetch', ...next(), offset, answer: { outcome: 'ok', result } } satisfies FetchOperation;
};

const kinds = (...history: Operation[]) => [...new Set(checkHistory(history).map(({ kind }) => kind))];

const producer = { id: 1, epoch: 0, sequence: 0 };

describe('a clean history', () => {
  it('has no anomaly', () => {
    expect(kinds(sent(['a'], ok(0)), sent(['b', 'c'], ok(1)), read(0, ['a', 'b', 'c']), read(3, []))).toEqual([]);
  });

  it('may repeat a value whose outcome was unknown, without idempotence', () => {
    expect(kinds(sent(['a'], unknown), sent(['a'], ok(1)), read(0, ['a', 'a']))).toEqual([]);
  });

  it('may have or lack a record whose outcome was unknown', () => {
    expect(kinds(sent(['a'], unknown), read(0, []))).toEqual([]);
    expect(kinds(sent(['a'], unknown), read(0, ['a']))).toEqual([]);
  });

  it('may read a value that failed once and was stored by a retry', () => {
    expect(kinds(sent(['a'], failed), sent(['a'], ok(0)), read(0, ['a']))).toEqual([]);
  });

  it('is the same after a round trip through JSONL', () => {
    const history = [sent(['a'], ok(0), { producer }), sent(['b'], unknown), read(0, ['a'])];
    expect(fromJsonl(toJsonl(history))).toEqual(history);
  });
});

describe('the checker finds', () => {
  it('two values at one offset', () => {
    expect(kinds(sent(['a'], ok(0)), sent(['b'], ok(0)))).toContain('two-values-at-one-offset');
    expect(kinds(read(0, ['a']), read(0, ['b']))).toContain('two-values-at-one-offset');
  });

  it('one value at two offsets, for an idempotent producer also after an unknown outcome', () => {
    expect(kinds(read(0, ['a', 'a']))).toContain('one-value-at-two-offsets');
    const repeated = [sent(['a'], unknown, { producer }), sent(['a'], ok(1), { producer }), read(0, ['a', 'a'])];
    expect(kinds(...repeated)).toContain('one-value-at-two-offsets');
  });

  it('an acknowledged record that a reader past it never saw', () => {
    const skipping = read(0, ['a', 'b', 'c']);
    skipping.answer.result.records.splice(1, 1);
    expect(kinds(sent(['a', 'b', 'c'], ok(0)), skipping)).toContain('lost-record');
  });

  it('a gap where nothing was acknowledged', () => {
    const skipping = read(0, ['a', 'b', 'c']);
    skipping.answer.result.records.splice(1, 1);
    expect(kinds(skipping)).toContain('gap');
  });

  it('a record stored before one that was acknowledged before it was sent', () => {
    expect(kinds(sent(['a'], ok(5)), sent(['b'], ok(3)))).toContain('reordered-send');
  });

  it('a read of what failed for certain', () => {
    expect(kinds(sent(['a'], failed), read(0, ['a']))).toContain('read-of-failed');
  });

  it('a read past the high watermark', () => {
    expect(kinds(read(0, ['a', 'b'], { highWatermark: 1 }))).toContain('read-past-high-watermark');
  });

  it('a high watermark and a log start that go back', () => {
    expect(kinds(read(0, ['a', 'b']), read(0, ['a']))).toContain('high-watermark-went-back');
    expect(kinds(read(5, [], { logStartOffset: 3 }), read(5, [], { logStartOffset: 2 }))).toContain(
      'log-start-went-back',
    );
  });

  it('a read after an acknowledgement that misses it', () => {
    expect(kinds(sent(['a'], ok(0)), read(0, []))).toContain('stale-read');
  });
});

it('takes operations that overlap in either order', () => {
  const slow = { ...sent(['a'], ok(0)), start: 0, end: 1_000_000 };
  expect(kinds(slow, read(0, []), sent(['b'], ok(1)))).toEqual([]);
});
