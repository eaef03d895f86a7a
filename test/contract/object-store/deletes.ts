import { describe, expect, it } from 'vitest';
import type { ObjectStoreHarness } from '../object-store.contract.ts';
import { loseReplyOf } from '../support/lose-reply-of.ts';
import { keysUnder, newFolder, putText } from '../support/objects.ts';

export function deleteCases(harness: () => ObjectStoreHarness): void {
  const store = () => harness().store;

  describe('delete', () => {
    it('deletes many at once, and only them', async () => {
      const folder = newFolder();
      const keys = Array.from({ length: 25 }, (_, n) => `${folder}${n}`);
      await Promise.all([...keys, `${folder}kept`].map(key => putText(store(), key)));
      await store().delete(keys);
      expect(await keysUnder(store(), folder)).toEqual([`${folder}kept`]);
    });

    it('counts absent objects as deleted', async () => {
      const folder = newFolder();
      const key = await putText(store(), `${folder}a`);
      await store().delete([key, `${folder}never`, `${folder}never/there`]);
      await store().delete([key]);
      await store().delete([]);
      expect(await store().get(key)).toBeUndefined();
    });

    it('is done once when its reply is lost and it is tried again', async () => {
      const folder = newFolder();
      await Promise.all([putText(store(), `${folder}a`), putText(store(), `${folder}b`)]);
      await loseReplyOf(() => store().delete([`${folder}a`, `${folder}b`]), harness());
      expect(await keysUnder(store(), folder)).toEqual([]);
    });
  });
}
