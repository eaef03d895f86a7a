import { describe, expect, it } from 'vitest';
import { MemoryItemTable } from '../../../lib/adapters/memory/item-table.ts';
import { given, newItem, newPk } from '../../contract/support/items.ts';

describe('MemoryItemTable', () => {
  it('drops the items that have expired, when told', async () => {
    const table = new MemoryItemTable();
    const pk = newPk();
    const expiries = { past: 99, now: 100, future: 101, never: undefined };
    for (const [sk, expiresAt] of Object.entries(expiries)) {
      await given(table, { ...newItem({ pk, sk }), ...(expiresAt !== undefined && { expiresAt }) });
    }
    table.dropExpired(100);
    const { items } = await table.query({ pk, from: 'a', to: 'z' });
    expect(items.map(({ sk }) => sk)).toEqual(['future', 'never']);
  });

  it('ends a page at its size, but never before its first item', async () => {
    const table = new MemoryItemTable({ pageSizeInBytes: 1_000 });
    const pk = newPk();
    for (const [sk, size] of Object.entries({ a: 5_000, b: 400, c: 400, d: 400 })) {
      await given(table, newItem({ pk, sk }, { bytes: new Uint8Array(size) }));
    }
    const page = async (from: string) => {
      const { items, more } = await table.query({ pk, from, to: 'z' });
      return [items.map(({ sk }) => sk).join(''), more];
    };
    expect(await page('a')).toEqual(['a', true]);
    expect(await page('b')).toEqual(['bc', true]);
    expect(await page('d')).toEqual(['d', false]);
  });

  it('takes effect before it answers', async () => {
    const table = new MemoryItemTable();
    const item = newItem();
    const calls = [table.create(item), table.replace(newItem(item), 1), table.get(item)];
    expect((await Promise.all(calls)).at(-1)).toMatchObject({ version: 2 });
  });
});
