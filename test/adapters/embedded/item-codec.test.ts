import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeItem } from '../../../lib/adapters/embedded/decode-item.ts';
import { encodeItem } from '../../../lib/adapters/embedded/encode-item.ts';
import type { ItemValue } from '../../../lib/adapters/embedded/item-format.ts';
import { decodeItemKey, encodeItemKey } from '../../../lib/adapters/embedded/item-key-bytes.ts';
import type { Attributes } from '../../../lib/ports/item-table.ts';

const text = fc.string({ unit: 'binary', maxLength: 200 });
const { attributes } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('attributes'),
  ),
  attributes: fc.dictionary(fc.oneof(text, fc.constant('__proto__')), tie('value'), {
    maxKeys: 5,
    noNullPrototype: true,
  }),
}));

const items: fc.Arbitrary<ItemValue> = fc.record(
  { writeId: text, attributes: attributes as fc.Arbitrary<Attributes>, expiresAt: fc.nat() },
  { requiredKeys: ['writeId', 'attributes'], noNullPrototype: true },
);

describe('an item in LMDB', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(items, item => {
        expect(decodeItem(encodeItem(item))).toStrictEqual(item);
      }),
    );
  });

  it.each([0, 1, 127, 128, 16_383, 16_384, 2_097_152])('keeps %i bytes, on either side of a longer size', size => {
    const item = { writeId: 'w'.repeat(size % 1_000), attributes: { bytes: new Uint8Array(size).fill(7) } };
    expect(decodeItem(encodeItem(item))).toStrictEqual(item);
  });

  it('is refused when it is cut anywhere', () => {
    const whole = encodeItem({
      writeId: 'w',
      expiresAt: 1,
      attributes: { a: [1, 'b', { c: Uint8Array.of(1, 2) }, null] },
    });
    for (let size = 0; size < whole.length; size++) {
      expect(() => decodeItem(whole.subarray(0, size))).toThrow(expect.objectContaining({ code: 'STORAGE_ERROR' }));
    }
  });

  it('is refused when it holds a tag of no known type', () => {
    const bytes = encodeItem({ writeId: '', attributes: { a: null } });
    bytes[bytes.length - 1] = 99;
    expect(() => decodeItem(bytes)).toThrow('damaged');
  });
});

describe('an item key in LMDB', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(text, text, (pk, sk) => {
        expect(decodeItemKey(encodeItemKey({ pk, sk }))).toEqual({ pk, sk });
      }),
    );
  });

  it('orders the sort keys of one partition key by their bytes', () => {
    fc.assert(
      fc.property(text, text, text, (pk, a, b) => {
        const order = Buffer.compare(encodeItemKey({ pk, sk: a }), encodeItemKey({ pk, sk: b }));
        expect(order).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
