/**
 * A process that writes items and objects as fast as the store takes them, until it is killed. It says what it is about to
 * write, and what was answered as written.
 */
import { openEmbeddedStore } from '../../../../lib/adapters/embedded/store.ts';
import { bytesOf, itemOf } from './written.ts';

export interface WriterTask {
  readonly folder: string;
  readonly name: string;
}

export interface WriterNews {
  readonly kind: 'writing' | 'written' | 'stored';
  /** Sort key of an item, or key of an object. */
  readonly key: string;
}

const writesInFlight = 8;

process.on('message', (task: WriterTask) => write(task));
process.once('disconnect', () => process.exit());
process.send?.('ready');

async function write({ folder, name }: WriterTask): Promise<void> {
  const store = await openEmbeddedStore(folder);
  const tell = (kind: WriterNews['kind'], key: string) => process.send?.({ kind, key });
  let next = 0;
  const writeItems = async (): Promise<never> => {
    for (;;) {
      const sk = String(next++).padStart(20, '0');
      tell('writing', sk);
      await store.logTable.create(itemOf(name, sk));
      tell('written', sk);
    }
  };
  const putObjects = async (): Promise<never> => {
    for (;;) {
      const key = `batches/${name}/${next++}`;
      await store.objectStore.put(key, bytesOf(key));
      tell('stored', key);
    }
  };
  await Promise.all([...Array.from({ length: writesInFlight }, writeItems), putObjects()]);
}
