import { describe, expect, it } from 'vitest';
import type { ItemTable } from '../../../lib/ports/item-table.ts';
import { given, newItem, newKey } from '../support/items.ts';

export function writeCases(table: () => ItemTable): void {
  describe('get', () => {
    it('answers undefined for a key that was never written', async () => {
      expect(await table().get(newKey())).toBeUndefined();
    });

    it('returns the item as it was created, at version 1', async () => {
      const item = await given(table());
      expect(await table().get(item)).toEqual({ ...item, version: 1 });
    });
  });

  describe('create', () => {
    it('answers with the item created', async () => {
      const item = newItem();
      expect(await table().create(item)).toEqual({ outcome: 'created', item: { ...item, version: 1 } });
    });

    it('hands over the item that holds the key, and leaves it alone', async () => {
      const first = await given(table());
      const stored = { ...first, version: 1 };
      expect(await table().create(newItem(first))).toEqual({ outcome: 'exists', item: stored });
      expect(await table().get(first)).toEqual(stored);
    });

    it('hands over the item at the version it has come to', async () => {
      const key = await given(table());
      const second = newItem(key);
      await table().replace(second, 1);
      expect(await table().create(newItem(key))).toEqual({ outcome: 'exists', item: { ...second, version: 2 } });
    });

    it('starts at version 1 again after a deletion', async () => {
      const key = await given(table());
      await table().replace(newItem(key), 1);
      await table().delete(key, 2);
      const again = newItem(key);
      expect(await table().create(again)).toEqual({ outcome: 'created', item: { ...again, version: 1 } });
    });
  });

  describe('replace', () => {
    it('replaces the version it names with the next', async () => {
      const key = await given(table());
      const item = newItem(key, { n: 2 });
      expect(await table().replace(item, 1)).toEqual({ outcome: 'replaced', item: { ...item, version: 2 } });
      expect(await table().get(key)).toEqual({ ...item, version: 2 });
    });

    it('keeps nothing of the item replaced', async () => {
      const key = await given(table(), { ...newItem(newKey(), { old: 1 }), expiresAt: 5_000 });
      const item = newItem(key, { new: 1 });
      await table().replace(item, 1);
      expect(await table().get(key)).toEqual({ ...item, version: 2 });
    });

    it.each([0, 1, 3])(
      'answers stale to version %i of an item at 2, hands it over and leaves it alone',
      async version => {
        const key = await given(table());
        const stored = { ...newItem(key, { n: 2 }), version: 2 };
        await table().replace(stored, 1);
        expect(await table().replace(newItem(key), version)).toEqual({ outcome: 'stale', item: stored });
        expect(await table().get(key)).toEqual(stored);
      },
    );

    it('answers stale with no item for an absent one', async () => {
      const item = newItem();
      expect(await table().replace(item, 1)).toEqual({ outcome: 'stale', item: undefined });
      expect(await table().get(item)).toBeUndefined();
    });
  });

  describe('delete', () => {
    it('deletes the version it names', async () => {
      const key = await given(table());
      expect(await table().delete(key, 1)).toEqual({ outcome: 'deleted' });
      expect(await table().get(key)).toBeUndefined();
    });

    it('answers stale to another version, hands over the item and leaves it alone', async () => {
      const item = await given(table());
      const stored = { ...item, version: 1 };
      expect(await table().delete(item, 2)).toEqual({ outcome: 'stale', item: stored });
      expect(await table().get(item)).toEqual(stored);
    });

    it('counts an absent item as deleted', async () => {
      const key = await given(table());
      await table().delete(key, 1);
      expect(await table().delete(key, 1)).toEqual({ outcome: 'deleted' });
      expect(await table().delete(newKey(), 7)).toEqual({ outcome: 'deleted' });
    });
  });
}
