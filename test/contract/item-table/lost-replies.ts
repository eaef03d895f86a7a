/**
 * R1: a write whose reply was lost and that is tried again is done once, and says so.
 */
import { describe, expect, it } from 'vitest';
import type { ItemTableHarness } from '../item-table.contract.ts';
import { given, newItem } from '../support/items.ts';
import { loseReplyOf } from '../support/lose-reply-of.ts';

export function lostReplyCases(harness: () => ItemTableHarness): void {
  const withReplyLost = <T>(call: () => Promise<T>) => loseReplyOf(call, harness());

  describe('a lost reply', () => {
    it('of a create: done once', async () => {
      const { table } = harness();
      const item = newItem();
      const stored = { ...item, version: 1 };
      expect(await withReplyLost(() => table.create(item))).toEqual({ outcome: 'created', item: stored });
      expect(await table.get(item)).toEqual(stored);
    });

    it('of a replace: done once', async () => {
      const { table } = harness();
      const item = newItem(await given(table), { n: 2 });
      const stored = { ...item, version: 2 };
      expect(await withReplyLost(() => table.replace(item, 1))).toEqual({ outcome: 'replaced', item: stored });
      expect(await table.get(item)).toEqual(stored);
    });

    it('of a delete: done once', async () => {
      const { table } = harness();
      const key = await given(table);
      expect(await withReplyLost(() => table.delete(key, 1))).toEqual({ outcome: 'deleted' });
      expect(await table.get(key)).toBeUndefined();
    });

    it('of a create that found the key taken: exists', async () => {
      const { table } = harness();
      const first = await given(table);
      const result = await withReplyLost(() => table.create(newItem(first)));
      expect(result).toEqual({ outcome: 'exists', item: { ...first, version: 1 } });
    });

    it('of a replace that was stale: stale', async () => {
      const { table } = harness();
      const first = await given(table);
      const result = await withReplyLost(() => table.replace(newItem(first), 2));
      expect(result).toEqual({ outcome: 'stale', item: { ...first, version: 1 } });
    });

    it('of a delete that was stale: stale', async () => {
      const { table } = harness();
      const first = await given(table);
      const result = await withReplyLost(() => table.delete(first, 2));
      expect(result).toEqual({ outcome: 'stale', item: { ...first, version: 1 } });
    });
  });

  describe('a write tried again', () => {
    it('is created however often', async () => {
      const { table } = harness();
      const item = await given(table);
      for (let n = 0; n < 3; n++) {
        expect(await table.create(item)).toEqual({ outcome: 'created', item: { ...item, version: 1 } });
      }
    });

    it('is replaced however often', async () => {
      const { table } = harness();
      const item = newItem(await given(table));
      for (let n = 0; n < 3; n++) {
        expect(await table.replace(item, 1)).toEqual({ outcome: 'replaced', item: { ...item, version: 2 } });
      }
    });

    it('is not created when another has replaced it meanwhile: exists', async () => {
      const { table } = harness();
      const item = await given(table);
      const other = newItem(item);
      await table.replace(other, 1);
      expect(await table.create(item)).toEqual({ outcome: 'exists', item: { ...other, version: 2 } });
    });

    it('is not replaced when another has replaced it meanwhile: stale', async () => {
      const { table } = harness();
      const [item, other] = [newItem(await given(table))].flatMap(first => [first, newItem(first)]);
      if (item === undefined || other === undefined) throw new Error('two items');
      await table.replace(item, 1);
      await table.replace(other, 2);
      expect(await table.replace(item, 1)).toEqual({ outcome: 'stale', item: { ...other, version: 3 } });
    });

    it('is stale where its writeId is found under another version than the next', async () => {
      const { table } = harness();
      const item = newItem(await given(table));
      await table.replace(item, 1);
      const stored = { ...item, version: 2 };
      expect(await table.replace(item, 0)).toEqual({ outcome: 'stale', item: stored });
      expect(await table.replace(item, 3)).toEqual({ outcome: 'stale', item: stored });
    });

    it('is created where its writeId is found under a later version, which gave it a later expiry', async () => {
      const { table } = harness();
      const item = newItem();
      await table.create(item);
      const later = { ...item, expiresAt: 2_000_000_000_000 };
      await table.replace(later, 1);
      expect(await table.create(item)).toEqual({ outcome: 'created', item: { ...later, version: 2 } });
    });
  });
}
