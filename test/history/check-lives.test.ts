import { describe, expect, it } from 'vitest';
import { kinds, unknown } from './example-operations.ts';
import { changed, looked, made, turned } from './example-triggers.ts';

const removed = (life = 1) => turned(false, { life, isRemoval: true });

describe('a trigger that was made', () => {
  it('is there until somebody takes it away', () => {
    expect(kinds(made(), looked(1))).toEqual([]);
    expect(kinds(made(), looked(0))).toEqual(['lost-trigger']);
    expect(kinds(made(), removed(), looked(0))).toEqual([]);
    expect(kinds(made(), turned(false), looked(0))).toEqual(['lost-trigger']);
  });

  it('gives way to another only once it is taken away', () => {
    expect(kinds(made(), removed(), made({ life: 2 }), looked(2))).toEqual([]);
    expect(kinds(made(), made({ life: 2 }), looked(2))).toEqual(['lost-trigger']);
    expect(kinds(made(), removed(), made({ life: 2 }), looked(1))).toEqual(['lost-trigger']);
  });

  it('may be another’s before, and be gone where nobody said that it was made', () => {
    expect(kinds(looked(0), made())).toEqual([]);
    expect(kinds(made({ answer: unknown }), looked(0))).toEqual([]);
  });
});

describe('a setting that was changed', () => {
  const FIRST = 0;

  it('stays so until it is changed again', () => {
    expect(kinds(changed(1), looked(1, { size: 1 }))).toEqual([]);
    expect(kinds(changed(1), looked(1, { size: FIRST }))).toEqual(['lost-change']);
    expect(kinds(changed(1), changed(2), looked(1, { size: 2 }))).toEqual([]);
    expect(kinds(changed(1), changed(2), looked(1, { size: 1 }))).toEqual(['lost-change']);
  });

  it('may be what a change makes it of which nothing is known', () => {
    expect(kinds(changed(1, { answer: unknown }), changed(2), looked(1, { size: 1 }))).toEqual([]);
    expect(kinds(changed(1, { answer: unknown }), looked(1, { size: FIRST }))).toEqual([]);
  });

  it('is that of one trigger, and no other of its name', () => {
    expect(kinds(changed(1), looked(2, { size: FIRST }))).toEqual([]);
  });
});
