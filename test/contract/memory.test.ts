import { interceptItemTable, interceptObjectStore } from '../../lib/adapters/memory/faults.ts';
import { MemoryItemTable } from '../../lib/adapters/memory/item-table.ts';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { itemTableContract } from './item-table.contract.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { ReplyLoser } from './support/reply-loser.ts';

itemTableContract('memory', async () => {
  const { intercept, loseNextReply, lostReplies } = new ReplyLoser();
  const table = interceptItemTable(new MemoryItemTable(), intercept);
  return { table, loseNextReply, lostReplies, close: async () => undefined };
});

objectStoreContract('memory', async () => {
  const { intercept, loseNextReply, lostReplies } = new ReplyLoser();
  const store = interceptObjectStore(new MemoryObjectStore(), intercept);
  return { store, loseNextReply, lostReplies, close: async () => undefined };
});
