import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../lib/adapters/embedded/store.ts';
import { interceptItemTable, interceptObjectStore } from '../../lib/adapters/memory/faults.ts';
import { itemTableContract } from './item-table.contract.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { ReplyLoser } from './support/reply-loser.ts';

for (const name of ['logTable', 'clusterTable'] as const) {
  itemTableContract(`embedded, ${name}`, async () => {
    const { opened, intercept, ...harness } = await openTemporaryStore();
    return { ...harness, table: interceptItemTable(opened[name], intercept) };
  });
}

objectStoreContract('embedded', async () => {
  const { opened, intercept, ...harness } = await openTemporaryStore();
  return { ...harness, store: interceptObjectStore(opened.objectStore, intercept) };
});

async function openTemporaryStore() {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-'));
  const opened = await openEmbeddedStore(folder);
  const { intercept, loseNextReply, lostReplies } = new ReplyLoser();
  const close = async () => {
    await opened.close();
    await rm(folder, { recursive: true });
  };
  return { opened, intercept, loseNextReply, lostReplies, close };
}
