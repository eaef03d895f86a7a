import { describe, expect, it } from 'vitest';
import type { ItemTable } from '../../../lib/ports/item-table.ts';
import { given, newItem, newKey } from '../support/items.ts';

const racers = Array.from({ length: 20 }, (_, n) => n);

export function raceCases(table: () => ItemTable): void {
  describe('races', () => {
    it('lets one of 20 creators win and hands its item to the others', async () => {
      const key = newKey();
      const results = await Promise.all(racers.map(n => table().create(newItem(key, { n }))));
      const stored = await table().get(key);
      expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
      expect(results.map(({ item }) => item)).toEqual(racers.map(() => stored));
    });

    it('lets one of 20 replacers of a version win and hands its item to the others', async () => {
      const key = await given(table());
      const results = await Promise.all(racers.map(n => table().replace(newItem(key, { n }), 1)));
      const stored = await table().get(key);
      expect(stored?.version).toBe(2);
      expect(results.filter(({ outcome }) => outcome === 'replaced')).toHaveLength(1);
      expect(results.map(({ item }) => item)).toEqual(racers.map(() => stored));
    });

    it('loses no update of 20 that read and replace until they win', async () => {
      const key = await given(table(), newItem(newKey(), { sum: 0 }));
      await Promise.all(racers.map(n => addUntilItWins(table(), key, n)));
      const total = racers.reduce((sum, n) => sum + n);
      expect(await table().get(key)).toMatchObject({ version: racers.length + 1, attributes: { sum: total } });
    });

    it('lets either a replacer or a deleter of the same version win', async () => {
      const key = await given(table());
      const [replaced, deleted] = await Promise.all([table().replace(newItem(key), 1), table().delete(key, 1)]);
      const outcomes = [replaced.outcome, deleted.outcome];
      const stored = await table().get(key);
      expect(outcomes).toEqual(stored === undefined ? ['stale', 'deleted'] : ['replaced', 'stale']);
    });
  });
}

async function addUntilItWins(table: ItemTable, key: { pk: string; sk: string }, n: number): Promise<void> {
  const stored = await table.get(key);
  if (stored === undefined) throw new Error('the item is gone');
  const { outcome } = await table.replace(newItem(key, { sum: Number(stored.attributes.sum) + n }), stored.version);
  if (outcome === 'stale') await addUntilItWins(table, key, n);
}
