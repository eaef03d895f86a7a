import { describe, expect, it } from 'vitest';
import { deleted, failed, kinds, kindsWith, ok, pass, read, refused, sent, unknown } from './example-operations.ts';

const HOUR = 3_600_000;
const believed = { logStartBelievedMs: 60_000 };
const recorded = { startsAreRecorded: true };

describe('a deletion that was acknowledged', () => {
  it('is known to everyone in time', () => {
    const before = [sent(['a'], ok(0)), deleted(1)];
    const soon = read(0, ['a']);
    expect(kindsWith(believed, [...before, soon])).toEqual([]);
    pass(HOUR);
    expect(kindsWith(believed, [...before, read(0, ['a'])])).toEqual(['lost-deletion']);
    expect(kindsWith(believed, [...before, read(1, [])])).toEqual(['lost-deletion']);
    expect(kindsWith(believed, [...before, read(1, [], { logStartOffset: 1 })])).toEqual([]);
  });

  it('may have happened or not where its outcome is unknown', () => {
    const before = [sent(['a'], ok(0)), deleted(1, unknown)];
    expect(kinds(...before, read(0, ['a']), read(1, [], { logStartOffset: 1 }))).toEqual([]);
  });
});

describe('a log start that is recorded', () => {
  const both = () => sent(['a', 'b'], ok(0));
  const moved = () => read(1, ['b'], { logStartOffset: 1 });

  it('is one that was asked for', () => {
    expect(kindsWith(recorded, [both(), moved()])).toEqual(['log-start-from-nowhere']);
    expect(kindsWith(recorded, [both(), deleted(1), moved()])).toEqual([]);
    expect(kindsWith(recorded, [both(), deleted(1, unknown), moved()])).toEqual([]);
    expect(kindsWith(recorded, [both(), deleted(1, failed), moved()])).toEqual(['log-start-from-nowhere']);
  });

  it('was asked for before it was told', () => {
    expect(kindsWith(recorded, [both(), moved(), deleted(1)])).toEqual(['log-start-from-nowhere']);
  });

  it('alone puts an offset out of range', () => {
    expect(kindsWith(recorded, [both(), refused(1)])).toEqual(['stale-read']);
    expect(kindsWith(recorded, [both(), deleted(1), refused(1)])).toEqual(['stale-read']);
    expect(kindsWith(recorded, [both(), deleted(2), refused(1)])).toEqual([]);
    expect(kindsWith(recorded, [both(), refused(0), moved(), deleted(1)])).toContain('stale-read');
  });
});

describe('an offset is out of range', () => {
  it('below a start that retention may have moved', () => {
    expect(kinds(sent(['a', 'b', 'c'], ok(0)), refused(1))).toEqual([]);
    const moved = [sent(['a', 'b'], ok(0)), refused(0), read(1, ['b'], { logStartOffset: 1 }), deleted(1)];
    expect(kinds(...moved)).toEqual([]);
  });

  it('not where the log cannot have grown so far', () => {
    expect(kinds(refused(0), read(0, []))).toEqual(['stale-read']);
    expect(kinds(sent(['a'], ok(0)), refused(1))).toEqual(['stale-read']);
  });

  it('not below an end that a reader was told', () => {
    const told = [sent(['a', 'b'], unknown), read(0, ['a', 'b'])];
    expect(kindsWith(recorded, [...told, refused(1)])).toEqual(['stale-read']);
    expect(kindsWith(recorded, [...told, refused(3)])).toEqual([]);
  });

  it('not where the log later starts no higher', () => {
    const before = [sent(['a', 'b'], unknown), read(0, ['a', 'b']), refused(1)];
    const after = read(0, ['a', 'b']);
    expect(kinds(...before, after)).toEqual(['stale-read']);
    expect(kindsWith(believed, [...before, after])).toEqual([]);
    pass(HOUR);
    expect(kindsWith(believed, [...before, read(0, ['a', 'b'])])).toEqual(['stale-read']);
  });
});

describe('a log ends no higher', () => {
  it('than what was sent', () => {
    expect(kinds(read(0, [], { highWatermark: 1_000 }))).toContain('end-from-nowhere');
    expect(kinds(sent(['a'], ok(3)))).toEqual(['end-from-nowhere']);
    expect(kinds(sent(['a'], failed), read(1, []))).toContain('end-from-nowhere');
    expect(kinds(read(1, []), sent(['a'], ok(1)))).toContain('end-from-nowhere');
  });

  it('than unknown requests may have made it', () => {
    expect(kinds(sent(['a'], unknown), sent(['a'], unknown), read(2, []))).toEqual([]);
    expect(kinds(sent(['a'], unknown, { log: 'l#1/0' }), { ...read(1, []), log: 'l#2/0' })).toEqual([]);
  });
});
