import { describe, expect, it } from 'vitest';
import type { Item, ItemTable, QueryOptions, QueryRange } from '../../../lib/ports/item-table.ts';
import { given, givenSks, newItem, newPk } from '../support/items.ts';

/** Offsets as the log writes them. */
const digits = (n: number) => String(n).padStart(20, '0');

export function queryCases(table: () => ItemTable): void {
  const sksOf = async (range: QueryRange, options?: QueryOptions) =>
    (await allItems(table(), range, options)).map(({ sk }) => sk);

  describe('query', () => {
    it('answers with whole items', async () => {
      const item = await given(table());
      const { items } = await table().query({ pk: item.pk, from: 'a', to: 'z' });
      expect(items).toEqual([{ ...item, version: 1 }]);
    });

    it('answers with nothing, and no more, for a partition key that was never written', async () => {
      expect(await table().query({ pk: newPk(), from: 'a', to: 'z' })).toEqual({ items: [], more: false });
    });

    it('includes both ends of its range and nothing beyond', async () => {
      const pk = newPk();
      await givenSks(table(), pk, ['a', 'b', 'ba', 'c', 'ca', 'd']);
      expect(await sksOf({ pk, from: 'b', to: 'c' })).toEqual(['b', 'ba', 'c']);
      expect(await sksOf({ pk, from: 'b', to: 'b' })).toEqual(['b']);
      expect(await sksOf({ pk, from: 'bb', to: 'bz' })).toEqual([]);
    });

    it('starts before every item when `from` is empty', async () => {
      const pk = newPk();
      await givenSks(table(), pk, ['\u0001', 'a']);
      expect(await sksOf({ pk, from: '', to: 'a' })).toEqual(['\u0001', 'a']);
    });

    it('answers with nothing when `from` is past `to`', async () => {
      const pk = newPk();
      await givenSks(table(), pk, ['a', 'b', 'c']);
      expect(await table().query({ pk, from: 'c', to: 'a' })).toEqual({ items: [], more: false });
      expect(await table().query({ pk, from: 'c', to: 'a' }, { reverse: true })).toEqual({ items: [], more: false });
      expect(await table().query({ pk, from: 'a', to: '' })).toEqual({ items: [], more: false });
    });

    it('orders 20-digit offsets by number', async () => {
      const pk = newPk();
      const offsets = [0, 9, 10, 99, 100, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER].map(digits);
      await givenSks(table(), pk, [...offsets].reverse());
      expect(await sksOf({ pk, from: digits(0), to: digits(Number.MAX_SAFE_INTEGER) })).toEqual(offsets);
    });

    it('orders by UTF-8 bytes, not by UTF-16 units', async () => {
      const pk = newPk();
      const sks = ['A', 'Z', 'a', 'z', '~', 'é', 'ü', '漢', '\uffee', '😀', '\u{10ffff}'];
      await givenSks(table(), pk, [...sks].reverse());
      expect(await sksOf({ pk, from: 'A', to: '\u{10ffff}' })).toEqual(sks);
      expect(await sksOf({ pk, from: '~', to: '😀' })).toEqual(sks.slice(4, 10));
    });

    it('goes backwards with `reverse`', async () => {
      const pk = newPk();
      await givenSks(table(), pk, ['a', 'b', 'c', 'd', 'da']);
      expect(await sksOf({ pk, from: 'b', to: 'd' }, { reverse: true })).toEqual(['d', 'c', 'b']);
    });

    it('stops at its limit and says that there may be more', async () => {
      const pk = newPk();
      await givenSks(table(), pk, ['a', 'b', 'c']);
      const first = await table().query({ pk, from: 'a', to: 'c' }, { limit: 2 });
      expect([first.items.map(({ sk }) => sk), first.more]).toEqual([['a', 'b'], true]);
      const last = await table().query({ pk, from: 'a', to: 'c' }, { limit: 1, reverse: true });
      expect([last.items.map(({ sk }) => sk), last.more]).toEqual([['c'], true]);
    });

    it('says that there is no more when the limit was not reached', async () => {
      const pk = newPk();
      await givenSks(table(), pk, ['a', 'b']);
      expect(await table().query({ pk, from: 'a', to: 'c' }, { limit: 3 })).toMatchObject({ more: false });
    });

    it.each([false, true])('returns all of a range larger than 1 MB, page by page (reverse: %s)', async reverse => {
      const pk = newPk();
      const sks = Array.from({ length: 8 }, (_, n) => digits(n));
      const bytes = new Uint8Array(300_000);
      await Promise.all(sks.map(sk => given(table(), newItem({ pk, sk }, { bytes }))));
      const range = { pk, from: digits(0), to: digits(7) };
      const { items, more } = await table().query(range, { reverse });
      expect(more).toBe(true);
      expect(items.length).toBeLessThan(sks.length);
      expect(await sksOf(range, { reverse })).toEqual(reverse ? sks.reverse() : sks);
    });

    it('sees every write that was answered before', async () => {
      const pk = newPk();
      for (let n = 0; n < 20; n++) {
        await given(table(), newItem({ pk, sk: digits(n) }));
        const { items } = await table().query({ pk, from: digits(0), to: digits(99) }, { reverse: true, limit: 1 });
        expect(items[0]?.sk).toBe(digits(n));
      }
    });
  });
}

/** Reads page after page, going on at the last item seen: ranges include their ends. */
async function allItems(table: ItemTable, range: QueryRange, options: QueryOptions = {}): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let rest = range; ; ) {
    const { items: page, more } = await table.query(rest, options);
    const fresh = page.filter(({ sk }) => sk !== items.at(-1)?.sk);
    items.push(...fresh);
    const last = fresh.at(-1);
    if (!more || last === undefined) return items;
    rest = options.reverse ? { ...range, to: last.sk } : { ...range, from: last.sk };
  }
}
