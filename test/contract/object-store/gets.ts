import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import type { ObjectStoreGaps } from '../object-store.contract.ts';
import { itUnless } from '../support/known-gaps.ts';
import { newObjectKey, putText, textOf } from '../support/objects.ts';

export function getCases(store: () => ObjectStore, gaps: ObjectStoreGaps): void {
  describe('get', () => {
    it('returns what was put', async () => {
      const key = await putText(store(), newObjectKey());
      expect(textOf(await store().get(key))).toBe('hello');
    });

    it('answers undefined for an object that was never put, with a range or without', async () => {
      const key = newObjectKey();
      expect(await store().get(key)).toBeUndefined();
      expect(await store().get(key, { start: 0, end: 1 })).toBeUndefined();
    });

    it.each([
      [0, 5, 'hello'],
      [0, 1, 'h'],
      [1, 3, 'el'],
      [4, 5, 'o'],
      [3, 99, 'lo'],
      [0, 99, 'hello'],
      [5, 6, ''],
      [99, 100, ''],
      [2, 2, ''],
      [0, 0, ''],
    ])('returns bytes %i to %i of "hello" as "%s"', async (start, end, expected) => {
      const key = await putText(store(), newObjectKey());
      expect(textOf(await store().get(key, { start, end }))).toBe(expected);
    });

    itUnless(gaps.rangeOfEmpty)('returns any range of an empty object as empty', async () => {
      const key = await putText(store(), newObjectKey(), '');
      expect(await store().get(key, { start: 0, end: 10 })).toEqual(new Uint8Array(0));
      expect(await store().get(key, { start: 0, end: 0 })).toEqual(new Uint8Array(0));
    });

    it('returns a plain Uint8Array', async () => {
      const key = await putText(store(), newObjectKey());
      expect(Object.getPrototypeOf(await store().get(key))).toBe(Uint8Array.prototype);
      expect(Object.getPrototypeOf(await store().get(key, { start: 1, end: 2 }))).toBe(Uint8Array.prototype);
    });
  });
}
