import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '../../../lib/adapters/embedded/store.ts';
import { collect } from '../../contract/support/collect.ts';
import { given, newItem, newPk } from '../../contract/support/items.ts';

const MIB = 1024 * 1024;

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('openEmbeddedStore', () => {
  it('makes the folder, with all above it', async () => {
    const folder = join(root, 'several', 'levels', 'deep');
    const store = await openEmbeddedStore(folder);
    await store.close();
    expect((await readdir(folder)).sort()).toEqual([
      'format-version',
      'items',
      'objects',
      'opening-gate',
      'unfinished',
    ]);
  });

  it('finds everything again', async () => {
    const folder = join(root, 'again');
    const first = await openEmbeddedStore(folder);
    const item = await given(first.logTable);
    await first.objectStore.put('a/b', Buffer.from('hello'));
    await first.close();
    const second = await openEmbeddedStore(folder);
    expect(await second.logTable.get(item)).toEqual({ ...item, version: 1 });
    expect(await second.clusterTable.get(item)).toBeUndefined();
    expect(await second.objectStore.get('a/b')).toEqual(new Uint8Array(Buffer.from('hello')));
    await second.close();
  });

  it('opens a folder twice in one process, each to be closed by itself', async () => {
    const folder = join(root, 'twice');
    const stores = await Promise.all([openEmbeddedStore(folder), openEmbeddedStore(folder)]);
    const [first, second] = stores;
    const item = await given(first.logTable);
    await first.close();
    expect(await second.logTable.get(item)).toBeDefined();
    await second.logTable.delete(item, 1);
    await second.close();
  });

  it.each(['1', '10', 'unreadable'])('refuses a folder of format version %s', async version => {
    const folder = join(root, `version-${version}`);
    await mkdir(folder);
    await writeFile(join(folder, 'format-version'), `${version}\n`);
    await expect(openEmbeddedStore(folder)).rejects.toMatchObject({
      code: 'STORAGE_ERROR',
      message: expect.stringContaining(`folder ${folder} has format version ${version}, this Millrace reads version 2`),
    });
    expect(await readFile(join(folder, 'format-version'), 'utf8')).toBe(`${version}\n`);
  });

  it.each(['file', 'file/below'])('refuses the path %s where a file stands, and says so', async path => {
    await writeFile(join(root, 'file'), 'x');
    const folder = join(root, path);
    const message = expect.stringContaining(`folder ${folder} cannot be used: a file stands in its path`);
    await expect(openEmbeddedStore(folder)).rejects.toMatchObject({ code: 'STORAGE_ERROR', message });
  });

  it('refuses a folder that cannot be written, and says so', async () => {
    // where not even root may write
    const message = expect.stringContaining('folder /sys/millrace cannot be used: it is not writable');
    await expect(openEmbeddedStore('/sys/millrace')).rejects.toMatchObject({ code: 'STORAGE_ERROR', message });
  });

  it('removes what a crash left unfinished long ago, and leaves what another process is writing', async () => {
    const folder = join(root, 'unfinished');
    await mkdir(join(folder, 'unfinished'), { recursive: true });
    await writeFile(join(folder, 'unfinished', 'old'), 'half');
    await writeFile(join(folder, 'unfinished', 'new'), 'half');
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 60 * 60;
    await utimes(join(folder, 'unfinished', 'old'), twoDaysAgo, twoDaysAgo);
    const store = await openEmbeddedStore(folder);
    expect(await readdir(join(folder, 'unfinished'))).toEqual(['new']);
    expect(await collect(store.objectStore.list(''))).toEqual([]);
    await store.close();
  });

  it('fails calls after it was closed', async () => {
    const store = await openEmbeddedStore(join(root, 'closed'));
    const item = await given(store.logTable);
    await store.close();
    await expect(store.logTable.get(item)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.logTable.create(newItem())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.logTable.query({ pk: 'p', from: 'a', to: 'z' })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });
});

describe('large stores', () => {
  it('keeps an item of 5 MiB', async () => {
    const store = await openEmbeddedStore(join(root, 'large-item'));
    const bytes = new Uint8Array(5 * MIB).map((_, n) => n * 31);
    const item = await given(store.logTable, newItem(undefined, { bytes }));
    const read = (await store.logTable.get(item))?.attributes.bytes as Uint8Array;
    expect(Buffer.compare(read, bytes)).toBe(0);
    await store.close();
  });

  it('grows to 200 MiB without keeping any of it in memory', async () => {
    const store = await openEmbeddedStore(join(root, 'large'));
    const pk = newPk();
    const before = memoryInUse();
    for (let n = 0; n < 200; n += 10) {
      const sks = Array.from({ length: 10 }, (_, i) => String(n + i).padStart(20, '0'));
      const bytes = new Uint8Array(MIB).fill(n);
      await Promise.all(sks.map(sk => given(store.logTable, newItem({ pk, sk }, { bytes }))));
    }
    const written = memoryInUse();
    let count = 0;
    for (let from = '0', more = true; more; ) {
      const page = await store.logTable.query({ pk, from, to: '9' });
      count += page.items.length;
      ({ more } = page);
      from = `${page.items.at(-1)?.sk}0`;
    }
    expect(count).toBe(200);
    expect(Math.max(written, memoryInUse()) - before).toBeLessThan(60 * MIB);
    await store.close();
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
