import { describe, expect, it } from 'vitest';
import { MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES } from '../../../lib/adapters/check-item.ts';
import type { ItemTable } from '../../../lib/ports/item-table.ts';
import { given, givenSks, newItem, newPk } from '../support/items.ts';

const prefix = newPk();
const widest = '\u{10ffff}';

export function keyCases(table: () => ItemTable): void {
  describe('keys', () => {
    it('keeps apart partition keys that begin alike or hold separators', async () => {
      const pks = ['', '/', '/0', '\0', '\0b', 'a', ' ', '\u0001', widest].map(suffix => prefix + suffix);
      await Promise.all(pks.map(pk => givenSks(table(), pk, ['s', `of ${pk}`])));
      for (const pk of pks) {
        const { items } = await table().query({ pk, from: '\u0001', to: widest });
        expect(items.map(item => item.pk)).toEqual([pk, pk]);
        expect(items.map(item => item.sk)).toEqual([`of ${pk}`, 's']);
      }
    });

    it('tells apart keys whose parts concatenate to the same', async () => {
      const pk = newPk();
      const [left, right] = [newItem({ pk, sk: 'ab' }), newItem({ pk: `${pk}a`, sk: 'b' })];
      await Promise.all([given(table(), left), given(table(), right)]);
      expect(await table().get(left)).toMatchObject({ writeId: left.writeId });
      expect(await table().get(right)).toMatchObject({ writeId: right.writeId });
    });

    it('takes keys of any text, NUL and non-ASCII included', async () => {
      const sks = ['\0', 'a\0b', 'sk with spaces', 'ключ', '😀', '__proto__', 'constructor', "'; --"];
      const items = sks.map(sk => newItem({ pk: `${newPk()}${sk}`, sk }));
      await Promise.all(items.map(item => given(table(), item)));
      for (const item of items) expect(await table().get(item)).toEqual({ ...item, version: 1 });
    });

    it('takes keys as long as the limits', async () => {
      const pk = newPk().padEnd(MAX_PARTITION_KEY_BYTES, 'p');
      const item = await given(table(), newItem({ pk, sk: 's'.repeat(MAX_SORT_KEY_BYTES) }));
      expect(await table().get(item)).toEqual({ ...item, version: 1 });
      const { items } = await table().query({ pk, from: item.sk, to: item.sk });
      expect(items).toHaveLength(1);
      expect(await table().delete(item, 1)).toEqual({ outcome: 'deleted' });
    });

    it.each([
      ['an empty partition key', { pk: '', sk: 's' }],
      ['an empty sort key', { pk: 'p', sk: '' }],
      ['a partition key past its limit', { pk: 'p'.repeat(MAX_PARTITION_KEY_BYTES + 1), sk: 's' }],
      ['a sort key past its limit', { pk: 'p', sk: 's'.repeat(MAX_SORT_KEY_BYTES + 1) }],
      ['a sort key past its limit in bytes', { pk: 'p', sk: 'é'.repeat(MAX_SORT_KEY_BYTES / 2 + 1) }],
      ['a lone surrogate', { pk: 'p', sk: '\ud83d' }],
    ])('refuses %s', async (_what, key) => {
      const refusal = { code: 'STORAGE_ERROR', message: expect.stringContaining('must') };
      await expect(table().get(key)).rejects.toMatchObject(refusal);
      await expect(table().create(newItem(key))).rejects.toMatchObject(refusal);
      await expect(table().replace(newItem(key), 1)).rejects.toMatchObject(refusal);
      await expect(table().delete(key, 1)).rejects.toMatchObject(refusal);
    });
  });
}
