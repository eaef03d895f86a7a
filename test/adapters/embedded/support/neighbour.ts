/** A process that waits for the file `go` in its folder, then creates one item and says so by the file `done`. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openEmbeddedStore } from '../../../../lib/adapters/embedded/store.ts';
import { itemOf } from './written.ts';

export interface NeighbourTask {
  readonly folder: string;
  readonly sk: string;
}

process.on('message', async ({ folder, sk }: NeighbourTask) => {
  const store = await openEmbeddedStore(folder);
  process.send?.('waiting');
  while (!existsSync(join(folder, 'go'))) await setTimeout(1);
  await store.logTable.create(itemOf('neighbour', sk));
  writeFileSync(join(folder, 'done'), '');
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
