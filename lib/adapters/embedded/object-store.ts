/**
 * The object store on a folder of files: the object `segments/t/0/a.log` is the file of that path below `objects/`.
 *
 * An object appears with the rename of its finished file, so a reader sees it whole or not at all. A key cannot be another
 * key's folder (`a` beside `a/b`). Deletions are not synced: one that a power cut undoes is repeated by the next sweep.
 */
import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteRange, ObjectStore, ObjectSummary } from '../../ports/object-store.ts';
import { type ErrorCode, MillraceError } from '../../protocol/errors.ts';
import { canStartKey, checkObjectKey } from '../object-key.ts';
import { compareUtf8 } from '../utf8-order.ts';
import { isFileError, messageOf } from './caught-error.ts';
import { removeEmptyFolders, writeDurableFile } from './durable-file.ts';

export interface FileObjectStoreOptions {
  /** Where the objects lie. */
  readonly folder: string;
  /** Where unfinished files lie, on the same file system. */
  readonly temporaryFolder: string;
}

export class FileObjectStore implements ObjectStore {
  readonly #folder: string;
  readonly #temporaryFolder: string;

  constructor({ folder, temporaryFolder }: FileObjectStoreOptions) {
    this.#folder = folder;
    this.#temporaryFolder = temporaryFolder;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key);
    try {
      await writeDurableFile({ path, bytes, temporaryFolder: this.#temporaryFolder, root: this.#folder });
    } catch (error) {
      throw failed('OUTCOME_UNKNOWN', `put ${key}`, error);
    }
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const path = this.#path(key);
    try {
      await using file = await open(path, 'r');
      return await readRange(file, range);
    } catch (error) {
      if (isFileError(error, 'ENOENT')) return undefined;
      throw failed('STORE_UNAVAILABLE', `get ${key}`, error);
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    const paths = keys.map(key => this.#path(key));
    try {
      for (const path of paths) await this.#remove(path);
    } catch (error) {
      throw failed('OUTCOME_UNKNOWN', `delete ${keys.length} objects`, error);
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectSummary> {
    if (!canStartKey(prefix)) return;
    try {
      yield* this.#listFolder(prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
    } catch (error) {
      throw failed('STORE_UNAVAILABLE', `list ${prefix}`, error);
    }
  }

  async #remove(path: string): Promise<void> {
    try {
      await unlink(path);
      await removeEmptyFolders(dirname(path), this.#folder);
    } catch (error) {
      if (!isFileError(error, 'ENOENT')) throw error;
    }
  }

  /** `folderKey` is empty or ends with a slash. */
  async *#listFolder(folderKey: string, prefix: string): AsyncGenerator<ObjectSummary> {
    for (const name of await this.#namesIn(folderKey)) {
      const key = folderKey + name;
      if (!key.startsWith(prefix)) continue;
      if (key.endsWith('/')) yield* this.#listFolder(key, prefix);
      else yield* this.#summarize(key);
    }
  }

  /** In key order: a folder sorts by the slash that follows its name. */
  async #namesIn(folderKey: string): Promise<string[]> {
    try {
      const entries = await readdir(join(this.#folder, folderKey), { withFileTypes: true });
      return entries.map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort(compareUtf8);
    } catch (error) {
      // gone since the folder above was read, or never there
      if (isFileError(error, 'ENOENT', 'ENOTDIR')) return [];
      throw error;
    }
  }

  async *#summarize(key: string): AsyncGenerator<ObjectSummary> {
    try {
      const { size, mtimeMs } = await stat(join(this.#folder, key));
      yield { key, sizeInBytes: size, lastModified: mtimeMs };
    } catch (error) {
      // deleted since its folder was read
      if (!isFileError(error, 'ENOENT')) throw error;
    }
  }

  #path(key: string): string {
    checkObjectKey(key);
    return join(this.#folder, key);
  }
}

async function readRange(file: FileHandle, range?: ByteRange): Promise<Uint8Array> {
  const { size } = await file.stat();
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? size, size);
  const bytes = new Uint8Array(Math.max(0, end - start));
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${start + done} of ${size}`);
    done += bytesRead;
  }
  return bytes;
}

function failed(code: ErrorCode, what: string, cause: unknown): MillraceError {
  return new MillraceError(code, `could not ${what}: ${messageOf(cause)}`, { cause });
}
