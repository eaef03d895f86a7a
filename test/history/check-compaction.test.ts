import { describe, expect, it } from 'vitest';
import { compacted, inSequence, keyed, kinds, kindsWith, ok, pass, read, sent, unknown } from './example-operations.ts';
import type { Operation } from './history.ts';

const MINUTE = 60_000;

const kindsOf = (...history: Operation[]) => kindsWith(compacted(), history);

/** With a lag, a retention, or clocks that differ. */
const kindsBy = (settings: Parameters<typeof compacted>[0], ...history: Operation[]) =>
  kindsWith(compacted(settings), history);

describe('a compacted log may', () => {
  it('lack a record of which it has a newer one with the same key', () => {
    const puts = [sent(['a1', 'b1'], ok(0), keyed('a', 'b')), sent(['a2'], ok(2), keyed('a'))];
    expect(kindsOf(...puts, read(0, ['a1', 'b1', 'a2']), read(0, ['', 'b1', 'a2']))).toEqual([]);
    expect(kinds(...puts, read(0, ['', 'b1', 'a2']))).toEqual(['lost-record']);
  });

  it('lack it within one batch', () => {
    expect(kindsOf(sent(['a1', 'a2'], ok(0), keyed('a', 'a')), read(0, ['', 'a2']))).toEqual([]);
  });

  it('be read by one who knows nothing of a newer record yet', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], ok(1), keyed('a'))];
    expect(kindsOf(...puts, read(0, [''], { highWatermark: 2 }), read(1, ['a2']))).toEqual([]);
  });

  it('lack a record whose newer one has an unknown outcome, and was seen, or may stand where nobody looked', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], unknown, keyed('a'))];
    expect(kindsOf(...puts, read(0, ['', 'a2']))).toEqual([]);
    expect(kindsOf(...puts, read(0, [''], { highWatermark: 2 }))).toEqual([]);
  });

  it('lack a batch with an unknown outcome that nobody ever saw', () => {
    const puts = [sent(['a1'], unknown, keyed('a')), sent(['a2'], ok(1), keyed('a'))];
    expect(kindsOf(...puts, read(0, ['', 'a2']))).toEqual([]);
  });

  it('have only the rest of a batch', () => {
    const batch = sent(['a1', 'b1', 'c1'], unknown, { ...keyed('a', 'b', 'c'), ...inSequence(0) });
    const next = sent(['a2', 'c2'], ok(3), { ...keyed('a', 'c'), ...inSequence(3) });
    expect(kindsOf(batch, next, read(0, ['', 'b1', '', 'a2', 'c2']))).toEqual([]);
  });

  it('have one copy of a batch that was tried twice, and not the other', () => {
    const tries = [sent(['a1', 'b1'], unknown, keyed('a', 'b')), sent(['a1', 'b1'], ok(2), keyed('a', 'b'))];
    expect(kindsOf(...tries, read(0, ['a1', 'b1', 'a1', 'b1']), read(0, ['', '', 'a1', 'b1']))).toEqual([]);
  });

  it('be empty over many batches', () => {
    const puts = Array.from({ length: 20 }, (_, index) => sent([`a${index}`], ok(index), keyed('a')));
    const last = sent(['a'], ok(20), keyed('a'));
    const whole = read(0, [...puts.map(() => ''), 'a']);
    const within = read(7, [], { nextOffset: 20, highWatermark: 21 });
    expect(kindsOf(...puts, last, whole, within)).toEqual([]);
  });

  it('lack a tombstone whose time is over, and what it deletes', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], ok(1), keyed('a!'))];
    const before = read(0, ['a1', 'a2']);
    pass(2 * MINUTE);
    const after = read(0, ['', '']);
    expect(kindsBy({ deleteRetentionMs: MINUTE }, ...puts, before, after)).toEqual([]);
  });

  it('lack a tombstone at once that a newer record supersedes', () => {
    const puts = [sent(['a1'], ok(0), keyed('a!')), sent(['a2'], ok(1), keyed('a'))];
    expect(kindsBy({ deleteRetentionMs: MINUTE }, ...puts, read(0, ['', 'a2']))).toEqual([]);
  });

  it('lack a record whose tombstone had an unknown outcome, and is gone too', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], unknown, keyed('a!')), sent(['b1'], ok(2), keyed('b'))];
    pass(2 * MINUTE);
    expect(kindsBy({ deleteRetentionMs: MINUTE }, ...puts, read(0, ['', '', 'b1']))).toEqual([]);
  });

  it('show a superseded record again to one who believes in what was before', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], ok(1), keyed('a'))];
    const reads = [read(0, ['', 'a2']), read(0, ['a1', 'a2'])];
    expect(kindsWith({ ...compacted(), logStartBelievedMs: MINUTE }, [...puts, ...reads])).toEqual([]);
  });

  it('take a record once it and what supersedes it are as old as the lag', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], ok(1), keyed('a'))];
    pass(MINUTE);
    expect(kindsBy({ minLagMs: MINUTE }, ...puts, read(0, ['', 'a2']))).toEqual([]);
  });
});

describe('the checker finds, on a compacted log,', () => {
  it('the last record of a key that is gone', () => {
    const puts = [sent(['a1', 'b1'], ok(0), keyed('a', 'b')), sent(['a2'], ok(2), keyed('a'))];
    expect(kindsOf(...puts, read(0, ['', '', 'a2']))).toEqual(['lost-latest']);
    expect(kindsOf(...puts, read(0, ['a1', 'b1', '']))).toEqual(['lost-latest']);
  });

  it('a record that is gone before the newer one of its key was sent', () => {
    const put = sent(['a1'], ok(0), keyed('a'));
    expect(kindsOf(put, read(0, ['']), sent(['a2'], ok(1), keyed('a')))).toEqual(['lost-latest']);
  });

  it('a record whose newer one of an unknown outcome has no place to stand', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['b1'], ok(1), keyed('b')), sent(['a2'], unknown, keyed('a'))];
    expect(kindsOf(...puts, read(0, ['', 'b1']))).toEqual(['lost-latest']);
  });

  it('a record that stands below what is older in its key', () => {
    const puts = [sent(['a1'], unknown, keyed('a')), sent(['a2'], unknown, keyed('a'))];
    expect(kindsOf(...puts, read(0, ['a2', 'a1']), read(0, ['a2', '']))).toEqual(['lost-latest']);
  });

  it('a record without a key that is gone', () => {
    expect(kindsOf(sent(['a'], ok(0)), sent(['b'], ok(1)), read(0, ['', 'b']))).toEqual(['lost-record']);
  });

  it('an offset that no batch with an unknown outcome fills', () => {
    expect(kindsOf(sent(['a2'], ok(1), keyed('a')), read(0, ['', 'a2']))).toContain('gap');
    const half = [sent(['a1', 'b1'], unknown, keyed('a', 'b')), sent(['a2'], ok(1), keyed('a'))];
    expect(kindsOf(...half, read(0, ['', 'a2']))).toContain('gap');
  });

  it('a record that is gone although what supersedes it is younger than the lag', () => {
    const old = sent(['a1'], ok(0), keyed('a'));
    pass(2 * MINUTE);
    const history = [old, sent(['a2'], ok(1), keyed('a')), read(0, ['', 'a2'])];
    expect(kindsBy({ minLagMs: MINUTE }, ...history)).toEqual(['compacted-too-young']);
    expect(kindsBy({ minLagMs: MINUTE, clockSkewMs: MINUTE }, ...history)).toEqual([]);
  });

  it('a tombstone that is gone before its time', () => {
    const puts = [sent(['b1'], ok(0), keyed('b')), sent(['a1'], ok(1), keyed('a!')), sent(['c1'], ok(2), keyed('c'))];
    expect(kindsBy({ deleteRetentionMs: MINUTE }, ...puts, read(0, ['b1', '', 'c1']))).toEqual(['lost-tombstone']);
  });

  it('a tombstone that is gone so soon after a read of what it deletes', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], ok(1), keyed('a!'))];
    pass(2 * MINUTE);
    const reads = [read(0, ['a1'], { highWatermark: 2 }), read(1, [''])];
    expect(kindsBy({ deleteRetentionMs: MINUTE }, ...puts, ...reads)).toEqual(['lost-tombstone']);
  });

  it('a record that outlives its tombstone', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], ok(1), keyed('a!'))];
    pass(2 * MINUTE);
    expect(kindsBy({ deleteRetentionMs: MINUTE }, ...puts, read(0, ['a1', '']))).toEqual(['lost-tombstone']);
    expect(kindsOf(...puts, read(1, ['']), read(0, ['a1', '']))).toEqual(['resurrected']);
    const newer = sent(['a3'], ok(2), keyed('a'));
    expect(kindsOf(...puts, newer, read(1, ['', 'a3']), read(0, ['a1', '', 'a3']))).toEqual([]);
  });

  it('a record that was gone and is back', () => {
    const puts = [sent(['a1'], ok(0), keyed('a')), sent(['a2'], ok(1), keyed('a'))];
    expect(kindsOf(...puts, read(0, ['', 'a2']), read(0, ['a1', 'a2']))).toEqual(['resurrected']);
  });
});

it('a long history of a compacted log is checked in the time that it takes to read it', () => {
  const puts = Array.from({ length: 3_000 }, (_, index) => sent([`a${index}`], ok(index), keyed('a')));
  const reads = Array.from({ length: 3_000 }, () => read(0, [...puts.slice(1).map(() => ''), 'a2999']));
  const since = performance.now();
  expect(kindsOf(...puts, ...reads)).toEqual([]);
  expect(performance.now() - since).toBeLessThan(2_000);
});
