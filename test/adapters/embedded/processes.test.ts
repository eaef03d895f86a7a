import type { ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedStore, openEmbeddedStore } from '../../../lib/adapters/embedded/store.ts';
import { collect } from '../../contract/support/collect.ts';
import type { AppenderReport } from './support/appender.ts';
import { ask, kill, start } from './support/processes.ts';
import type { WriterNews } from './support/writer.ts';
import { bytesOf, itemOf } from './support/written.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('several processes on one folder', () => {
  it('open an empty folder all at once and stay dense while they race for the same keys', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const processes = await Promise.all(names.map(() => start('./appender.ts')));
    for (let round = 0; round < 5; round++) {
      const folder = join(root, `race-${round}`);
      const reports = await Promise.all(
        processes.map((child, n) => ask<AppenderReport>(child, { folder, name: names[n], count: 50 })),
      );
      const won = reports.flatMap(({ name, won }) => won.map(sk => ({ sk, attributes: { name } })));
      const store = await openEmbeddedStore(folder);
      const { items } = await store.logTable.query({ pk: 'topic/0', from: '0', to: '9' });
      await store.close();
      expect(items.map(({ sk }) => Number(sk))).toEqual(Array.from({ length: 200 }, (_, n) => n));
      expect(items).toMatchObject(won.sort((a, b) => (a.sk < b.sk ? -1 : 1)));
    }
    await Promise.all(processes.map(kill));
  });

  it('see what another has committed, even within the turn in which they read before', async () => {
    const folder = join(root, 'neighbours');
    const store = await openEmbeddedStore(folder);
    const neighbour = await start('./neighbour.ts');
    const item = itemOf('neighbour', '1');
    await ask(neighbour, { folder, sk: item.sk });
    // from here on no promise of ours is awaited before the last read has begun
    const before = store.logTable.get(item);
    writeFileSync(join(folder, 'go'), '');
    while (!existsSync(join(folder, 'done'))) standStill(1);
    const after = store.logTable.get(item);
    expect([await before, await after]).toEqual([undefined, { ...item, version: 1 }]);
    await kill(neighbour);
    await store.close();
  });
});

describe('kill -9 of a process that writes', () => {
  it.each([20, 60, 120, 200])('after %i ms loses no answered write, and others go on', async ms => {
    const folder = join(root, `kill-${ms}`);
    const killed = await startWriter(folder, 'killed');
    const survivor = await startWriter(folder, 'survivor');
    await setTimeout(ms);
    await kill(killed.child);
    const newsSoFar = survivor.news.length;
    await expect.poll(() => survivor.news.length).toBeGreaterThan(newsSoFar + 50);
    await kill(survivor.child);

    const store = await openEmbeddedStore(folder);
    for (const writer of [killed, survivor]) await expectKept(store, writer);
    // nothing half written shows
    for (const { key, sizeInBytes } of await collect(store.objectStore.list(''))) {
      expect(sizeInBytes).toBe(bytesOf(key).length);
    }
    await store.close();
  });
});

interface Writer {
  readonly child: ChildProcess;
  readonly name: string;
  readonly news: WriterNews[];
}

async function startWriter(folder: string, name: string): Promise<Writer> {
  const child = await start('./writer.ts');
  const news: WriterNews[] = [];
  child.on('message', (one: WriterNews) => news.push(one));
  child.send({ folder, name });
  return { child, name, news };
}

async function expectKept({ logTable, objectStore }: EmbeddedStore, { name, news }: Writer): Promise<void> {
  for (const { kind, key } of news) {
    const stored = { ...itemOf(name, key), version: 1 };
    if (kind === 'written') expect(await logTable.get(stored)).toEqual(stored);
    // what was under way is applied or not; tried again by whoever takes over, it is done once
    if (kind === 'writing') expect(await logTable.create(stored)).toEqual({ outcome: 'created', item: stored });
    if (kind === 'stored') {
      expect(Buffer.compare((await objectStore.get(key)) ?? Buffer.of(), bytesOf(key))).toBe(0);
    }
  }
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
