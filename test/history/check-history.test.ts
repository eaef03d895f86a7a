import { describe, expect, it } from 'vitest';
import { checkHistory } from './check-history.ts';
import {
  commit,
  committed,
  failed,
  failedWith,
  given,
  kinds,
  ok,
  read,
  refused,
  reset,
  sent,
  unknown,
} from './example-operations.ts';
import { fromJsonl, toJsonl } from './history.ts';

const producer = { id: 1, epoch: 0, sequence: 0 };
const second = { ...producer, sequence: 1 };

describe('a clean history', () => {
  it('has no anomaly', () => {
    expect(kinds(sent(['a'], ok(0)), sent(['b', 'c'], ok(1)), read(0, ['a', 'b', 'c']), read(3, []))).toEqual([]);
  });

  it('may repeat a value whose outcome was unknown, without idempotence', () => {
    expect(kinds(sent(['a'], unknown), sent(['a'], ok(1)), read(0, ['a', 'a']))).toEqual([]);
  });

  it('may have dropped what nobody was promised, or read', () => {
    expect(kinds(sent(['a'], unknown), read(0, [], { nextOffset: 1, highWatermark: 1 }))).toEqual([]);
    const tries = [sent(['a'], unknown), sent(['a'], ok(1))];
    expect(kinds(...tries, read(0, ['', 'a']))).toEqual([]);
  });

  it('may have or lack a record whose outcome was unknown', () => {
    expect(kinds(sent(['a'], unknown), read(0, []))).toEqual([]);
    expect(kinds(sent(['a'], unknown), read(0, ['a']))).toEqual([]);
  });

  it('may have batches of one producer on their way side by side', () => {
    const [first, other] = [sent(['a'], ok(0), { producer }), sent(['b'], ok(1), { producer: second })];
    expect(kinds({ ...other, start: first.start }, { ...first, end: other.end }, read(0, ['a', 'b']))).toEqual([]);
  });

  it('may take an unknown request into the next topic of the name', () => {
    expect(kinds(sent(['a'], unknown), { ...read(0, ['a']), log: 'l#2/0' })).toEqual([]);
  });

  it('may refuse an offset past the end, or below a start that moved', () => {
    expect(kinds(sent(['a'], ok(0)), refused(2))).toEqual([]);
    const before = [sent(['a', 'b'], ok(0)), sent(['c'], ok(2))];
    expect(kinds(...before, refused(1), read(2, ['c'], { logStartOffset: 2 }))).toEqual([]);
  });

  it('may set a committed offset back by a reset', () => {
    expect(kinds(commit(5), reset(2), committed(2), commit(3), committed(3))).toEqual([]);
    expect(kinds(commit(5), reset(2, unknown), committed(5), committed(2))).toEqual([]);
  });

  it('may have or lack a commit whose outcome is unknown', () => {
    expect(kinds(commit(5, unknown), committed(0))).toEqual([]);
    expect(kinds(commit(5, unknown), committed(5))).toEqual([]);
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

  it('more copies of a value than it was tried', () => {
    const tries = [sent(['a'], unknown), sent(['a'], ok(1))];
    expect(kinds(...tries, read(0, ['a', 'a', 'a']))).toContain('one-value-at-two-offsets');
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
    const empty = read(0, [], { nextOffset: 1, highWatermark: 1 });
    expect(kinds(sent(['a'], unknown), read(0, ['a']), empty)).toContain('gap');
  });

  it('a record stored before one that was acknowledged before it was sent', () => {
    expect(kinds(sent(['a'], ok(5)), sent(['b'], ok(3)))).toContain('reordered-send');
  });

  it('batches of a producer out of their sequence, though they overlap in time', () => {
    const both = [sent(['a'], unknown, { producer }), sent(['b'], unknown, { producer: second })];
    expect(kinds(...both, read(0, ['b', 'a']))).toContain('reordered-send');
  });

  it('a batch of an older epoch above one of a newer', () => {
    const old = sent(['a'], unknown, { producer });
    expect(kinds(old, sent(['b'], ok(0), { producer: { ...producer, epoch: 1 } }), read(0, ['b', 'a']))).toEqual([
      'fenced-send',
    ]);
  });

  it('a stored batch of the last five that is refused when it is sent again', () => {
    const outOfOrder = failedWith('OUT_OF_ORDER_SEQUENCE_NUMBER');
    const stored = [sent(['a'], unknown, { producer }), read(0, ['a'])];
    expect(kinds(...stored, sent(['a'], outOfOrder, { producer }))).toEqual(['refused-retry']);
    expect(kinds(sent(['a'], unknown, { producer }), sent(['a'], outOfOrder, { producer }))).toEqual([]);
    const five = ['b', 'c', 'd', 'e', 'f'].map((value, index) =>
      sent([value], ok(1 + index), { producer: { ...producer, sequence: 1 + index } }),
    );
    expect(kinds(...stored, ...five, sent(['a'], outOfOrder, { producer }))).toEqual([]);
  });

  it('a producer id and epoch that two have', () => {
    expect(kinds(given(1, 0), given(1, 1), given(2, 0))).toEqual([]);
    expect(kinds(given(1, 0), given(1, 0))).toEqual(['one-identity-twice']);
  });

  it('records that do not ascend, or lie outside of what the answer covers', () => {
    const turned = read(0, ['a', 'b']);
    turned.answer.result.records.reverse();
    expect(kinds(sent(['a', 'b'], ok(0)), turned)).toContain('non-monotonic-read');
    const beyond = read(0, ['a', 'b'], { nextOffset: 1 });
    expect(kinds(sent(['a', 'b'], ok(0)), beyond)).toContain('non-monotonic-read');
    expect(kinds(sent(['a', 'b'], ok(0)), { ...read(0, ['a', 'b']), offset: 1 })).toContain('non-monotonic-read');
  });

  it('a read of what nobody sent, and of what was stored in another log', () => {
    expect(kinds(read(0, ['a']))).toContain('read-of-unsent');
    expect(kinds(sent(['a'], ok(0)), { ...read(0, ['a']), log: 'l#2/0' })).toContain('read-of-unsent');
  });

  it('a committed offset that goes back', () => {
    expect(kinds(commit(4), commit(5), committed(4))).toEqual(['committed-offset-went-back']);
    expect(kinds(commit(4), commit(5, unknown), committed(5), committed(4))).toEqual(['committed-offset-went-back']);
    expect(kinds(reset(2), commit(5), committed(2))).toEqual(['committed-offset-went-back']);
  });

  it('a log that cannot be used although nothing is wrong any more', () => {
    const failing = sent(['a'], failed);
    expect(checkHistory([failing], { calmFrom: failing.start }).map(({ kind }) => kind)).toEqual(['unavailable']);
    expect(checkHistory([failing], { calmFrom: failing.start + 1 })).toEqual([]);
    expect(checkHistory([failing], { calmFrom: failing.start, calmTo: failing.end - 1 })).toEqual([]);
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
    expect(kinds(sent(['a'], ok(0)), refused(1))).toEqual(['stale-read']);
  });
});

it('takes operations that overlap in either order', () => {
  const slow = { ...sent(['a'], ok(0)), start: 0, end: 1_000_000 };
  expect(kinds(slow, read(0, []), sent(['b'], ok(1)))).toEqual([]);
});
