import { describe, expect, it } from 'vitest';
import type { ObjectStoreHarness } from '../object-store.contract.ts';
import { collect } from '../support/collect.ts';
import { loseReplyOf } from '../support/lose-reply-of.ts';
import { newFolder, newObjectKey, putText, textOf } from '../support/objects.ts';

export function putCases(harness: () => ObjectStoreHarness): void {
  const store = () => harness().store;

  describe('put', () => {
    it('keeps an empty object', async () => {
      const key = await putText(store(), newObjectKey(), '');
      expect(await store().get(key)).toEqual(new Uint8Array(0));
    });

    it('keeps an object of 10 MiB', async () => {
      const bytes = new Uint8Array(10 * 1024 * 1024).map((_, n) => n * 31);
      const key = newObjectKey();
      await store().put(key, bytes);
      expect(Buffer.compare((await store().get(key)) ?? Buffer.of(), bytes)).toBe(0);
      expect(await store().get(key, { start: 5_000_000, end: 5_000_100 })).toEqual(bytes.slice(5_000_000, 5_000_100));
    });

    it('stores only the part of a larger buffer that a view shows', async () => {
      const key = newObjectKey();
      await store().put(key, Buffer.from('abcdef').subarray(1, 3));
      expect(textOf(await store().get(key))).toBe('bc');
    });

    it('may be repeated', async () => {
      const key = await putText(store(), newObjectKey());
      await putText(store(), key);
      expect(textOf(await store().get(key))).toBe('hello');
    });

    it('is done once when its reply is lost and it is tried again', async () => {
      const folder = newFolder();
      await loseReplyOf(() => putText(store(), `${folder}a`), harness());
      expect(await collect(store().list(folder))).toMatchObject([{ key: `${folder}a`, sizeInBytes: 5 }]);
    });

    it('shares no bytes with its caller', async () => {
      const bytes = Buffer.from('hello');
      const key = newObjectKey();
      await store().put(key, bytes);
      bytes.fill(0);
      const read = await store().get(key);
      expect(textOf(read)).toBe('hello');
      read?.fill(0);
      expect(textOf(await store().get(key))).toBe('hello');
    });
  });
}
