import { describe, expect, it } from 'vitest';
import { MAX_OBJECT_KEY_BYTES, MAX_OBJECT_NAME_BYTES } from '../../../lib/adapters/object-key.ts';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import type { ObjectStoreGaps } from '../object-store.contract.ts';
import { itUnless } from '../support/known-gaps.ts';
import { keysUnder, newFolder, putText, textOf } from '../support/objects.ts';

export function keyCases(store: () => ObjectStore, gaps: ObjectStoreGaps): void {
  const expectTaken = async (name: string) => {
    const folder = newFolder();
    const key = await putText(store(), folder + name);
    expect(textOf(await store().get(key))).toBe('hello');
    expect(await keysUnder(store(), folder)).toEqual([key]);
    await store().delete([key]);
    expect(await store().get(key)).toBeUndefined();
  };

  describe('keys', () => {
    it.each([
      'with spaces and  two',
      'percent%20 and plus+',
      'question?mark=and#hash',
      'Grüße-漢字-😀',
      'dots..in..it',
      '.hidden',
      'trailing.',
      'a~b!c*d(e)f',
      'UPPER/lower/Mixed',
      '20-digits/00000000000000000042-abc_-XYZ.log',
    ])('takes %s', async name => {
      await expectTaken(name);
    });

    itUnless(gaps.markup)('takes the characters of markup', async () => {
      await expectTaken('a&b;c<d>"e\'f');
    });

    it.each([
      ['empty', ''],
      ['absolute', '/etc/passwd'],
      ['with ..', 'a/../../b'],
      ['that is ..', '..'],
      ['with .', 'a/./b'],
      ['with an empty name', 'a//b'],
      ['with a slash at its end', 'a/'],
      ['with NUL', 'a\0b'],
      ['with a line break', 'a\nb'],
      ['with a lone surrogate', 'a\ud83d'],
      ['past its limit', `${'a/'.repeat(MAX_OBJECT_KEY_BYTES / 2)}b`],
      ['with a name past its limit', 'n'.repeat(MAX_OBJECT_NAME_BYTES + 1)],
    ])('refuses one %s', async (_what, key) => {
      const refusal = { code: 'STORAGE_ERROR', message: expect.stringContaining('must') };
      await expect(store().put(key, Buffer.of())).rejects.toMatchObject(refusal);
      await expect(store().get(key)).rejects.toMatchObject(refusal);
      await expect(store().delete([key])).rejects.toMatchObject(refusal);
    });
  });
}
