/**
 * What an object's key may be, the same in every adapter: names with slashes between them, which map to files in folders
 * and pass through every S3 emulator.
 */
import { MillraceError } from '../protocol/errors.ts';

export const MAX_OBJECT_KEY_BYTES = 1024;
/** The longest file name of the usual file systems. */
export const MAX_OBJECT_NAME_BYTES = 255;

const CONTROL_CHARACTER = /\p{Cc}/u;
const UNUSABLE_NAMES: ReadonlySet<string> = new Set(['', '.', '..']);

/** Refuses a key that could leave its folder, or that some adapter could not store. */
export function checkObjectKey(key: string): void {
  const rule = ruleBrokenBy(key);
  if (rule === undefined) return;
  throw new MillraceError('STORAGE_ERROR', `object key ${JSON.stringify(key.slice(0, 80))} must ${rule}`);
}

/** Whether any object's key can start with this prefix. */
export function canStartKey(prefix: string): boolean {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  return !CONTROL_CHARACTER.test(prefix) && (folder === '' || ruleBrokenBy(folder.slice(0, -1)) === undefined);
}

function ruleBrokenBy(key: string): string | undefined {
  if (Buffer.byteLength(key) > MAX_OBJECT_KEY_BYTES) return `have at most ${MAX_OBJECT_KEY_BYTES} bytes`;
  if (CONTROL_CHARACTER.test(key) || !key.isWellFormed()) return 'have neither control characters nor lone surrogates';
  const names = key.split('/');
  if (names.some(name => UNUSABLE_NAMES.has(name))) return "not have '', '.' or '..' between slashes";
  if (names.some(name => Buffer.byteLength(name) > MAX_OBJECT_NAME_BYTES)) {
    return `have at most ${MAX_OBJECT_NAME_BYTES} bytes between slashes`;
  }
  return undefined;
}
