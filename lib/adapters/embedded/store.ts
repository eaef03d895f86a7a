/**
 * The embedded store: one folder that holds everything, durable, usable by several processes at once.
 *
 *     format-version   the version of this layout
 *     items/           one LMDB environment, in it the databases `log` and `cluster`
 *     opening-gate     an empty file, the lock between processes that open `items` and those that write there
 *     objects/         one file per object
 *     unfinished/      files being written; what a crash leaves here is removed at a later start
 */
import { mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ItemTable } from '../../ports/item-table.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { isFileError, messageOf } from './caught-error.ts';
import { syncFolders } from './durable-file.ts';
import { checkFormatVersion } from './format-version.ts';
import { openItemEnvironment } from './lmdb-environment.ts';
import { FileObjectStore } from './object-store.ts';

/** A file that nobody has finished for so long was left by a process that died. */
const MAX_UNFINISHED_AGE_MS = 24 * 60 * 60 * 1000;

export interface EmbeddedStore {
  readonly logTable: ItemTable;
  readonly clusterTable: ItemTable;
  readonly objectStore: ObjectStore;
  /** Deletes the cells that have expired by `now`. Entries of a log leave otherwise: only whoever rolls knows which may. */
  dropExpired(now: number, isStopped: () => boolean): Promise<void>;
  /** Resolves once every write has been answered; the store then takes no more calls. */
  close(): Promise<void>;
}

/**
 * Opens the store in `folder`, which is made if it does not exist.
 *
 * @example
 * const store = await openEmbeddedStore('/var/lib/millrace');
 * await store.logTable.create({ pk: 't/0', sk: '00000000000000000000', writeId: 'w', attributes: {} });
 * await store.close();
 *
 * @throws MillraceError STORAGE_ERROR if the folder cannot be used; the message names it and says why
 */
export async function openEmbeddedStore(folder: string): Promise<EmbeddedStore> {
  try {
    return await openIn(resolve(folder));
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    throw new MillraceError('STORAGE_ERROR', `folder ${folder} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

async function openIn(folder: string): Promise<EmbeddedStore> {
  const firstMade = await mkdir(folder, { recursive: true });
  const root = await realpath(folder);
  const items = join(root, 'items');
  const objects = join(root, 'objects');
  const unfinished = join(root, 'unfinished');
  for (const part of [items, objects, unfinished]) await mkdir(part, { recursive: true });
  await checkFormatVersion(root, unfinished);
  await removeAbandoned(unfinished);
  const environment = await openItemEnvironment({ folder: items, gate: join(root, 'opening-gate') });
  await syncFolders(items, root);
  if (firstMade !== undefined) await syncFolders(dirname(folder), dirname(firstMade));
  return {
    ...environment,
    objectStore: new FileObjectStore({ folder: objects, temporaryFolder: unfinished }),
    dropExpired: (now, isStopped) => environment.clusterTable.dropExpired(now, isStopped),
  };
}

async function removeAbandoned(unfinished: string): Promise<void> {
  for (const name of await readdir(unfinished)) {
    const path = join(unfinished, name);
    try {
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > MAX_UNFINISHED_AGE_MS) await rm(path, { force: true });
    } catch (error) {
      // finished by another process meanwhile
      if (!isFileError(error, 'ENOENT')) throw error;
    }
  }
}

function reasonOf(error: unknown): string {
  if (isFileError(error, 'EACCES', 'EPERM', 'EROFS')) return 'it is not writable';
  if (isFileError(error, 'ENOTDIR', 'EEXIST')) return 'a file stands in its path';
  if (isFileError(error, 'ENOSPC')) return 'the disk is full';
  return messageOf(error);
}
