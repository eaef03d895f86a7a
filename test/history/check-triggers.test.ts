import { describe, expect, it } from 'vitest';
import { deleted, kinds, ok, read, sent, unknown } from './example-operations.ts';
import { failedOn, gaveUp, invoked, made, progress, turned, wasReset } from './example-triggers.ts';

const each = (...names: string[]) => names.map((name, offset) => sent([name], ok(offset)));
const all = (...names: string[]) => read(0, names);

describe('a trigger', () => {
  it('comes to the end of the log', () => {
    expect(kinds(...each('a', 'b'), invoked([0, 1]), progress(2, 2), all('a', 'b'))).toEqual([]);
    expect(kinds(...each('a', 'b'), invoked([0]), progress(1, 2), all('a', 'b'))).toEqual(['stuck-trigger']);
  });

  it('is past no record that was neither done nor given up', () => {
    const before = each('a', 'b');
    expect(kinds(...before, failedOn([0]), gaveUp([0], 0), invoked([1]), progress(2, 2), all('a', 'b'))).toEqual([]);
    expect(kinds(...before, failedOn([0]), progress(2, 2), all('a', 'b'))).toEqual(['skipped-by-trigger']);
    // what is gone was there for nobody
    expect(kinds(...before, deleted(2), progress(2, 2), read(2, [], { logStartOffset: 2 }))).toEqual([]);
  });

  it('is past what its filters let through only once that is done', () => {
    const passing = [made({ prefix: 'a' }), ...each('a', 'b')];
    expect(kinds(...passing, invoked([0]), progress(2, 2), all('a', 'b'))).toEqual([]);
    expect(kinds(...passing, invoked([1]), progress(2, 2), all('a', 'b'))).toContain('skipped-by-trigger');
  });

  it('is given no record before those that come before it are done', () => {
    const before = each('a', 'b');
    expect(kinds(...before, failedOn([0]), invoked([0]), invoked([1]), progress(2, 2), all('a', 'b'))).toEqual([]);
    expect(kinds(...before, failedOn([0]), invoked([1]), invoked([0]), progress(2, 2), all('a', 'b'))).toEqual([
      'out-of-order-delivery',
      'delivery-went-back',
    ]);
  });

  it('has one invocation of a partition at a time, unless a call was on its way for too long', () => {
    const first = invoked([0]);
    const meanwhile = { start: first.start, lookedAfter: first.start };
    expect(kinds(first, invoked([0], { start: first.end }))).toEqual([]);
    expect(kinds(first, invoked([0], meanwhile))).toEqual(['overlapping-invocations']);
    expect(kinds(first, invoked([0], { ...meanwhile, mayOverlap: true }))).toEqual([]);
  });

  it('goes back behind nothing that it has begun, unless it was reset or a call came late', () => {
    expect(kinds(invoked([0]), invoked([1]), failedOn([2]), invoked([2]))).toEqual([]);
    expect(kinds(invoked([0]), invoked([1]), invoked([0]))).toEqual(['delivery-went-back']);
    expect(kinds(invoked([0]), invoked([1]), wasReset(0), invoked([0]))).toEqual([]);
    expect(kinds(invoked([0]), invoked([1]), invoked([0], { isLate: true }))).toEqual([]);
  });
});

describe('a trigger that is reset', () => {
  const again = (reset: () => ReturnType<typeof wasReset>, ...offsets: number[]) => {
    const before = [...each('a', 'b'), invoked([0]), invoked([1]), reset()];
    return kinds(...before, ...offsets.map(offset => invoked([offset])), progress(2, 2), all('a', 'b'));
  };

  it('is given again what stands from there on', () => {
    expect(again(() => wasReset(0), 0, 1)).toEqual([]);
    expect(again(() => wasReset(1), 1)).toEqual([]);
    expect(again(() => wasReset(0))).toEqual(['lost-reset']);
    expect(again(() => wasReset(0), 1)).toEqual(['lost-reset']);
    expect(again(() => wasReset(0, { answer: unknown }))).toEqual([]);
  });

  it('need not be given what lies below', () => {
    expect(kinds(...each('a', 'b'), wasReset(1), invoked([1]), progress(2, 2), all('a', 'b'))).toEqual([]);
  });
});

describe('a trigger that is off', () => {
  it('invokes nothing, but for what had begun', () => {
    const off = turned(false);
    expect(kinds(made(), off, invoked([0], { lookedAfter: off.end - 0.1 }))).toEqual([]);
    expect(kinds(made(), off, invoked([0], { lookedAfter: off.end + 0.1 }))).toEqual(['unasked-invocation']);
    expect(kinds(made(), turned(false), turned(true), invoked([0]))).toEqual([]);
    expect(kinds(made(), turned(false), turned(true, { life: 2 }), invoked([0]))).toEqual(['unasked-invocation']);
  });

  it('may go on where somebody may yet turn it on', () => {
    const on = turned(true, { answer: unknown });
    expect(kinds(made(), on, turned(false), invoked([0]))).toEqual([]);
    expect(kinds(made(), turned(false, { answer: unknown }), invoked([0]))).toEqual([]);
  });
});

describe('a trigger that reads some topics from some place on', () => {
  it('invokes nothing of others', () => {
    expect(kinds(made({ topics: ['other'] }), invoked([0]))).toEqual(['unasked-invocation']);
    expect(kinds(made({ topics: ['other'] }), made({ life: 2 }), invoked([0], { life: 2 }))).toEqual([]);
  });

  it('is given nothing from before, and all that comes after', () => {
    const [a, b] = each('a', 'b');
    if (!a || !b) throw new Error('two were sent');
    const atEnd = made({ begins: 'latest' });
    const after = { start: atEnd.end + 0.1, end: atEnd.end + 0.2 };
    const later = sent(['c'], ok(2), after);
    const end = [progress(3, 3), all('a', 'b', 'c')];
    expect(kinds(a, b, atEnd, later, invoked([2]), ...end)).toEqual([]);
    expect(kinds(a, b, atEnd, later, invoked([1, 2]), ...end)).toEqual(['unasked-invocation']);
    expect(kinds(a, b, atEnd, later, progress(3, 3), all('a', 'b', 'c'))).toEqual(['skipped-by-trigger']);
  });
});

describe('triggers of one name', () => {
  it('go on from one another where they share a group', () => {
    const [first, second] = [made(), made({ life: 2 })];
    expect(kinds(first, second, invoked([1]), invoked([0], { life: 2 }))).toEqual(['delivery-went-back']);
    const apart = [made({ group: 'a' }), made({ life: 2, group: 'b' })];
    expect(kinds(...apart, invoked([1]), invoked([0], { life: 2 }))).toEqual([]);
  });
});

describe('a record', () => {
  it('is given up after its retries, or after three runners died with it alone', () => {
    expect(kinds(failedOn([0]), failedOn([0]), gaveUp([0], 1))).toEqual([]);
    expect(kinds(failedOn([0]), gaveUp([0], 1))).toEqual(['given-up-early']);
    const dies = (offsets: readonly number[]) => failedOn(offsets, { isHeard: false });
    expect(kinds(dies([0, 1]), dies([0]), dies([0]), dies([0]), gaveUp([0], 5))).toEqual([]);
    // of which one may have died before it sent it
    expect(kinds(dies([0, 1]), dies([0]), dies([0]), gaveUp([0], 5))).toEqual([]);
    expect(kinds(dies([0, 1]), dies([0]), gaveUp([0], 5))).toEqual(['given-up-early']);
  });

  it('is given up no later than after all its retries, where all that fails is counted', () => {
    const fails = () => failedOn([0, 1], { failuresAtMost: 2 });
    expect(kinds(fails(), fails())).toEqual([]);
    expect(kinds(fails(), fails(), fails())).toEqual(['given-up-late']);
    expect(kinds(failedOn([0, 1]), failedOn([0, 1]), failedOn([0, 1]))).toEqual([]);
    expect(kinds(fails(), fails(), failedOn([1], { failuresAtMost: 2 }))).toEqual([]);
  });

  it('of another trigger has failed for that one', () => {
    expect(kinds(failedOn([0], { life: 2 }), failedOn([0]), gaveUp([0], 1))).toEqual(['given-up-early']);
  });
});
