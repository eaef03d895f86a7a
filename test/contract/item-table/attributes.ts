import { describe, expect, it } from 'vitest';
import { RESERVED_ATTRIBUTE_NAMES } from '../../../lib/adapters/check-item.ts';
import type { Attributes, ItemTable } from '../../../lib/ports/item-table.ts';
import type { ItemTableGaps } from '../item-table.contract.ts';
import { given, newItem, newKey } from '../support/items.ts';
import { itUnless } from '../support/known-gaps.ts';

/** A map in which `__proto__` is an attribute, as JSON may bring it. */
const protoMap: Attributes = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');

export function attributeCases(table: () => ItemTable, gaps: ItemTableGaps): void {
  const roundTrip = async (attributes: Attributes) => {
    const item = await given(table(), newItem(newKey(), attributes));
    return (await table().get(item))?.attributes;
  };

  describe('attributes', () => {
    it.each<[string, Attributes]>([
      ['no attribute', {}],
      ['strings', { a: '', b: 'text', c: 'Grüße 漢字 😀', d: '\0', long: 'x'.repeat(10_000) }],
      ['numbers', { a: 0, b: 1, c: -1, d: 0.1, g: 2 ** 53 - 1, h: -(2 ** 53) + 1, i: 1e-7, j: 1.5e100 }],
      ['numbers to the last digit', { a: 0.1 + 0.2, b: 1 / 3, c: 1_700_000_000_000.123, d: Number.EPSILON }],
      ['booleans and null', { a: true, b: false, c: null }],
      ['bytes', { a: new Uint8Array(0), b: Uint8Array.of(0), c: Uint8Array.from({ length: 256 }, (_, n) => n) }],
      ['lists', { a: [], b: [1, 'a', null, true, Uint8Array.of(1)], c: [[], [[]], [{}]] }],
      ['maps', { a: {}, b: { c: { d: [{ e: Uint8Array.of(2) }] } }, 'odd name': { '': 1, 'a.b': 2, '#': 3 } }],
      ['names that mean something elsewhere', { size: 1, name: 2, value: 3, data: 4, 'a-b': 5, ':c': 6 }],
      ['reserved names deeper down', { map: { pk: 1, sk: 2, v: 3, w: 4, e: 5 } }],
    ])('keeps %s', async (_what, attributes) => {
      expect(await roundTrip(attributes)).toStrictEqual(attributes);
    });

    itUnless(gaps.proto)('keeps __proto__ in a map as a name like any other', async () => {
      const attributes = await roundTrip({ map: protoMap });
      expect(Object.keys(attributes?.map ?? {}).sort()).toEqual(['__proto__', 'constructor']);
      expect(Object.getPrototypeOf(attributes?.map)).toBe(Object.prototype);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    });

    it('keeps negative zero as a zero', async () => {
      expect((await roundTrip({ zero: -0 }))?.zero === 0).toBe(true);
    });

    it('keeps a lone surrogate as U+FFFD', async () => {
      expect(await roundTrip({ text: 'a\ud83db' })).toEqual({ text: 'a\ufffdb' });
    });

    it.each([Number.NaN, Infinity, -Infinity])('refuses %s', async value => {
      const item = newItem(newKey(), { list: [value] });
      await expect(table().create(item)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
      expect(await table().get(item)).toBeUndefined();
    });

    it.each(RESERVED_ATTRIBUTE_NAMES)('refuses the reserved name %s', async name => {
      const item = newItem(newKey(), Object.fromEntries([[name, 1]]));
      const refusal = { code: 'STORAGE_ERROR', message: expect.stringContaining(name) };
      await expect(table().create(item)).rejects.toMatchObject(refusal);
      await expect(table().replace(item, 1)).rejects.toMatchObject(refusal);
    });

    it('keeps an item of 390 KB', async () => {
      const bytes = new Uint8Array(390_000).map((_, n) => n * 31);
      const attributes = await roundTrip({ bytes });
      expect(Buffer.compare(attributes?.bytes as Uint8Array, bytes)).toBe(0);
    });

    it('returns bytes as a plain Uint8Array', async () => {
      const bytes = (await roundTrip({ bytes: Buffer.from('abc') }))?.bytes;
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    });

    it('stores only the part of a larger buffer that a view shows', async () => {
      const view = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
      expect(await roundTrip({ view })).toEqual({ view: Uint8Array.of(2, 3) });
    });

    it('shares no bytes with its callers', async () => {
      const bytes = Uint8Array.of(1, 2, 3);
      const list = [1, 2, 3];
      const item = await given(table(), newItem(newKey(), { bytes, list }));
      bytes.fill(9);
      list.fill(9);
      const read = (await table().get(item))?.attributes;
      expect(read).toEqual({ bytes: Uint8Array.of(1, 2, 3), list: [1, 2, 3] });
      if (read?.bytes instanceof Uint8Array) read.bytes.fill(7);
      const { items } = await table().query({ pk: item.pk, from: item.sk, to: item.sk });
      expect(items[0]?.attributes).toEqual({ bytes: Uint8Array.of(1, 2, 3), list: [1, 2, 3] });
    });
  });

  describe('expiry', () => {
    it('is absent unless given', async () => {
      const item = await given(table());
      expect(await table().get(item)).not.toHaveProperty('expiresAt');
    });

    it.each([1_700_000_000_000, 1_700_000_000_001, 1_700_000_000_999])(
      'comes back no earlier than %i and within a second',
      async expiresAt => {
        const item = await given(table(), { ...newItem(), expiresAt });
        const stored = (await table().get(item))?.expiresAt;
        expect(stored).toBeGreaterThanOrEqual(expiresAt);
        expect(stored).toBeLessThan(expiresAt + 1000);
      },
    );

    it('moves with a replacement', async () => {
      const key = await given(table(), { ...newItem(), expiresAt: 4_000_000_000_000 });
      await table().replace({ ...newItem(key), expiresAt: 4_100_000_000_000 }, 1);
      expect((await table().get(key))?.expiresAt).toBe(4_100_000_000_000);
    });
  });
}
