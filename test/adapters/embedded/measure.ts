/**
 * Measures the embedded store beside the disk it stands on: `node test/adapters/embedded/measure.ts [folder]`.
 *
 * Every write is a synced conditional create; the folder must lie on the disk to be measured.
 */
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../../lib/adapters/embedded/store.ts';
import type { ItemTable } from '../../../lib/ports/item-table.ts';

const SECONDS = 2;

const folder = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'millrace-measure-'));
const store = await openEmbeddedStore(join(folder, 'store'));

report('bare append of 4 KiB + fdatasync', syncsPerSecond());
for (const size of [200, 100 * 1024]) {
  for (const inFlight of [1, 64]) {
    report(`create, ${size} B, ${inFlight} in flight`, await createsPerSecond(store.logTable, size, inFlight));
  }
}
const pk = 'read';
await Promise.all(Array.from({ length: 1_000 }, (_, n) => store.logTable.create(item(pk, n, 200))));
report('get, 200 B', await callsPerSecond(1, n => store.logTable.get({ pk, sk: skOf(n % 1_000) })));
report(
  'query of the last item',
  await callsPerSecond(1, () => store.logTable.query(all(pk), { reverse: true, limit: 1 })),
);
report('query of 100 items of 200 B', await callsPerSecond(1, () => store.logTable.query(all(pk), { limit: 100 })));
report(
  'put of an object of 20 KB',
  await callsPerSecond(1, n => store.objectStore.put(`a/b/${n}`, new Uint8Array(20_000))),
);

await store.close();
await rm(folder, { recursive: true });

function syncsPerSecond(): number {
  const file = openSync(join(folder, 'bare'), 'w');
  const page = Buffer.alloc(4096, 1);
  const begun = performance.now();
  let count = 0;
  for (; performance.now() - begun < SECONDS * 1000; count++) {
    writeSync(file, page, 0, page.length, count * page.length);
    fdatasyncSync(file);
  }
  return (count * 1000) / (performance.now() - begun);
}

function createsPerSecond(table: ItemTable, size: number, inFlight: number): Promise<number> {
  const key = `create-${size}-${inFlight}`;
  return callsPerSecond(inFlight, n => table.create(item(key, n, size)));
}

async function callsPerSecond(inFlight: number, call: (n: number) => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  let count = 0;
  const keepCalling = async () => {
    while (performance.now() - begun < SECONDS * 1000) await call(count++);
  };
  await Promise.all(Array.from({ length: inFlight }, keepCalling));
  return (count * 1000) / (performance.now() - begun);
}

function item(pkOf: string, n: number, size: number) {
  return { pk: pkOf, sk: skOf(n), writeId: 'a-write-id-of-22-chars', attributes: { b: new Uint8Array(size), n } };
}

function skOf(n: number): string {
  return String(n).padStart(20, '0');
}

function all(pkOf: string) {
  return { pk: pkOf, from: skOf(0), to: '9'.repeat(20) };
}

function report(what: string, perSecond: number): void {
  process.stdout.write(`${what.padEnd(36)} ${Math.round(perSecond).toLocaleString('en').padStart(9)} /s\n`);
}
