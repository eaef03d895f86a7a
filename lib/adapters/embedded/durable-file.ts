/**
 * Files that are either there whole or not at all, whatever dies when: bytes are written to a file of another name, synced,
 * and renamed; then every folder above is synced, because a name is durable only once its folder is.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isFileError } from './caught-error.ts';

export interface DurableFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Where the unfinished file lies; on the same file system as `path`. */
  readonly temporaryFolder: string;
  /** The folder above `path` from which on folders are made and synced. */
  readonly root: string;
}

/** Another process may remove an empty folder between its making and the rename into it. */
const MAX_RENAMES = 10;

export async function writeDurableFile({ path, bytes, temporaryFolder, root }: DurableFile): Promise<void> {
  const unfinished = join(temporaryFolder, randomBytes(12).toString('hex'));
  try {
    await writeSynced(unfinished, bytes);
    await renameInto(unfinished, path, MAX_RENAMES);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolders(dirname(path), root);
}

/** Makes the names in `folder` durable, and those in every folder above it as far as `root`. */
export async function syncFolders(folder: string, root: string): Promise<void> {
  await Promise.all(foldersBetween(folder, root).map(syncFolder));
}

/** Removes `folder` if it is empty, then likewise those above it, but not `root`. */
export async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  if (folder === root) return;
  try {
    await rmdir(folder);
  } catch (error) {
    if (isFileError(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) return;
    throw error;
  }
  await removeEmptyFolders(dirname(folder), root);
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(bytes);
  await file.datasync();
}

async function renameInto(from: string, to: string, tries: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (tries <= 1 || !isFileError(error, 'ENOENT')) throw error;
    await renameInto(from, to, tries - 1);
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function foldersBetween(folder: string, root: string): string[] {
  return folder === root ? [folder] : [folder, ...foldersBetween(dirname(folder), root)];
}
