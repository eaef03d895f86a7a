import { describe, expect, it } from 'vitest';
import { failed, inSequence, kinds, ok, read, sent, unknown } from './example-operations.ts';
import type { FetchOperation } from './history.ts';

describe('a value can be read', () => {
  it('once a try that did not fail has begun', () => {
    expect(kinds(sent(['a'], failed), read(0, ['a']), sent(['a'], ok(0)))).toContain('read-of-failed');
    expect(kinds(read(0, ['a']), sent(['a'], ok(0)))).toContain('read-of-unsent');
    const trying = sent(['a'], ok(0));
    expect(kinds(sent(['b'], failed), { ...read(0, ['a']), start: trying.start }, trying)).toEqual([]);
  });

  it('in the same partition of the same topic', () => {
    const tries = [sent(['a'], unknown, inSequence(0)), sent(['a'], ok(0), inSequence(0))];
    expect(kinds(...tries, { ...read(0, ['a']), log: 'other#1/0' })).toContain('read-of-unsent');
    expect(kinds(...tries, { ...read(0, ['a']), log: 'l#1/3' })).toContain('read-of-unsent');
  });

  it('in the life that it was sent to, or a later one', () => {
    const late = sent(['a'], unknown, { log: 'l#2/0' });
    expect(kinds(late, { ...read(0, ['a']), log: 'l#1/0' })).toContain('read-of-unsent');
    expect(kinds(late, { ...read(0, ['a']), log: 'l#3/0' })).toEqual([]);
  });
});

describe('an answer', () => {
  it('has a log start no higher than its high watermark', () => {
    expect(kinds(sent(['a'], ok(0)), read(1, [], { logStartOffset: 50 }))).toContain('log-start-past-high-watermark');
    expect(kinds(sent(['a'], ok(0)), read(1, [], { logStartOffset: 1 }))).toEqual([]);
  });

  it('has nothing below its log start', () => {
    const both = sent(['a', 'b'], ok(0));
    expect(kinds(both, read(0, ['a', 'b'], { logStartOffset: 1 }))).toEqual(['read-below-log-start']);
    expect(kinds(both, read(0, ['', 'b'], { logStartOffset: 1 }))).toContain('read-below-log-start');
    expect(kinds(both, read(1, ['b'], { logStartOffset: 1 }))).toEqual([]);
  });

  it('below the high watermark has a batch', () => {
    expect(kinds(sent(['a'], ok(0)), read(0, [], { highWatermark: 1 }))).toEqual(['stuck-read']);
  });

  it('may lack one where another partition of the request took the bytes, or failed', () => {
    const both = [sent(['a'], ok(0)), sent(['b'], ok(0), { log: 'l#1/1' })];
    const full = { ...read(0, ['b']), log: 'l#1/1' };
    const { start, end } = full;
    const empty = { ...read(0, [], { highWatermark: 1 }), start, end };
    const failing: FetchOperation = { ...full, answer: failed };
    expect(kinds(...both, full, empty)).toEqual([]);
    expect(kinds(...both, failing, empty)).toEqual([]);
    expect(kinds(...both, { ...full, client: 'd' }, empty)).toEqual(['stuck-read']);
  });
});
