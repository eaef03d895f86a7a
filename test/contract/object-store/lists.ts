import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import type { ObjectStoreGaps } from '../object-store.contract.ts';
import { collect } from '../support/collect.ts';
import { itUnless } from '../support/known-gaps.ts';
import { keysUnder, newFolder, putText } from '../support/objects.ts';

export function listCases(store: () => ObjectStore, gaps: ObjectStoreGaps): void {
  describe('list', () => {
    it('names size and time of each object', async () => {
      const folder = newFolder();
      await putText(store(), `${folder}a`, 'twelve bytes');
      const [summary] = await collect(store().list(folder));
      expect(summary).toMatchObject({ key: `${folder}a`, sizeInBytes: 12 });
      expect(Math.abs(Date.now() - (summary?.lastModified ?? 0))).toBeLessThan(60_000);
    });

    itUnless(gaps.order)('goes in the order of UTF-8 bytes, folders where their slash puts them', async () => {
      const folder = newFolder();
      const names = ['A', 'a', 'b-1', 'b/1', 'b/2/x', 'b/20', 'b0', 'z', 'é', '\uffee', '😀'];
      await Promise.all([...names].reverse().map(name => putText(store(), folder + name)));
      expect(await keysUnder(store(), folder)).toEqual(names.map(name => folder + name));
    });

    it('lists what starts with the prefix, wherever it ends', async () => {
      const folder = newFolder();
      await Promise.all(['0/a', '1/a', '1/b', '10/a', '11'].map(name => putText(store(), folder + name)));
      const under = async (prefix: string) =>
        (await keysUnder(store(), folder + prefix)).map(key => key.slice(folder.length));
      expect(await under('1')).toEqual(['1/a', '1/b', '10/a', '11']);
      expect(await under('1/')).toEqual(['1/a', '1/b']);
      expect(await under('1/b')).toEqual(['1/b']);
      expect(await under('1/b/')).toEqual([]);
      expect(await under('2')).toEqual([]);
      expect(await under('')).toHaveLength(5);
    });

    it.each(['/', '../', 'a//', './', '\0'])('finds nothing under %j, where no key can be', async prefix => {
      expect(await keysUnder(store(), prefix)).toEqual([]);
    });
  });
}
