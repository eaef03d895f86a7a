/**
 * A process that races for the keys of one partition: told the folder, it opens it and appends until it has won so many
 * keys; then it answers with those.
 */
import { openEmbeddedStore } from '../../../../lib/adapters/embedded/store.ts';

export interface AppenderTask {
  readonly folder: string;
  readonly name: string;
  readonly count: number;
}

export interface AppenderReport {
  readonly name: string;
  readonly won: readonly string[];
}

process.on('message', async (task: AppenderTask) => {
  process.send?.(await append(task));
});
process.once('disconnect', () => process.exit());
process.send?.('ready');

async function append({ folder, name, count }: AppenderTask): Promise<AppenderReport> {
  const store = await openEmbeddedStore(folder);
  const won: string[] = [];
  for (let offset = 0; won.length < count; offset++) {
    const sk = String(offset).padStart(20, '0');
    const item = { pk: 'topic/0', sk, writeId: `${name}-${sk}`, attributes: { name } };
    const { outcome } = await store.logTable.create(item);
    if (outcome === 'created') won.push(sk);
  }
  await store.close();
  return { name, won };
}
