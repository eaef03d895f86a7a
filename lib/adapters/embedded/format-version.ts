import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../protocol/errors.ts';
import { isFileError } from './caught-error.ts';
import { writeDurableFile } from './durable-file.ts';

/** The version of everything that lies in a store's folder. A Millrace reads its own version only. */
export const FORMAT_VERSION = 2;

/** Marks a new folder with the version, or refuses one of another version. */
export async function checkFormatVersion(folder: string, temporaryFolder: string): Promise<void> {
  const path = join(folder, 'format-version');
  const found = await readIfPresent(path);
  if (found === undefined) {
    // processes that open a new folder at once all write the same
    await writeDurableFile({ path, bytes: Buffer.from(`${FORMAT_VERSION}\n`), temporaryFolder, root: folder });
    return;
  }
  if (found.trim() === String(FORMAT_VERSION)) return;
  throw new MillraceError(
    'STORAGE_ERROR',
    `folder ${folder} has format version ${found.trim()}, this Millrace reads version ${FORMAT_VERSION}: use the Millrace that wrote it`,
  );
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
