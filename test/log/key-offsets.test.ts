import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyOffsets } from '../../lib/log/key-offsets.ts';

const keyOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const roomy = { keys: 1_000, keyBytes: 33_000, secret: [1, 2] } as const;

describe('the newest offsets of keys', () => {
  it('are those of a map, whatever the keys', () => {
    const key = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 31, maxLength: 34, max: 1 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat(2 ** 40))), fc.tuple(fc.integer(), fc.integer()), (puts, secret) => {
        const offsets = new KeyOffsets({ ...roomy, secret });
        const model = new Map<string, number>();
        for (const [bytes, offset] of puts) {
          expect(offsets.put(bytes, offset)).toBe(true);
          const text = Buffer.from(bytes).toString('hex');
          model.set(text, Math.max(offset, model.get(text) ?? 0));
        }
        for (const [bytes] of puts) expect(offsets.get(bytes)).toBe(model.get(Buffer.from(bytes).toString('hex')));
        expect(offsets.size).toBe(model.size);
      }),
    );
  });

  it('keep their sizes: a new key is refused where there is no room, a known one never', () => {
    const two = new KeyOffsets({ ...roomy, keys: 2 });
    expect([two.put(keyOf('a'), 1), two.put(keyOf('b'), 2), two.put(keyOf('c'), 3)]).toEqual([true, true, false]);
    expect([two.put(keyOf('a'), 9), two.get(keyOf('a')), two.get(keyOf('c'))]).toEqual([true, 9, undefined]);

    const bytes = new KeyOffsets({ ...roomy, keyBytes: 2 + 4 });
    expect([bytes.put(keyOf('a'), 1), bytes.put(keyOf('long'), 2), bytes.put(keyOf('sho'), 3)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('tell a long key from the short one that is its digest', async () => {
    const long = new Uint8Array(33).fill(7);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', long));
    const offsets = new KeyOffsets(roomy);
    offsets.put(long, 1);
    expect(offsets.get(digest)).toBeUndefined();
    offsets.put(digest, 2);
    expect([offsets.get(long), offsets.get(digest)]).toEqual([1, 2]);
  });

  it('are forgotten', () => {
    const offsets = new KeyOffsets(roomy);
    offsets.put(keyOf('a'), 1);
    offsets.clear();
    expect([offsets.size, offsets.get(keyOf('a'))]).toEqual([0, undefined]);
  });

  it('know the empty key', () => {
    const offsets = new KeyOffsets(roomy);
    expect(offsets.get(keyOf(''))).toBeUndefined();
    offsets.put(keyOf(''), 5);
    expect(offsets.get(keyOf(''))).toBe(5);
  });
});
