import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import { collect } from './collect.ts';

/** A folder that no other test has, with its slash. */
export function newFolder(): string {
  return `test/${randomUUID()}/`;
}

export function newObjectKey(): string {
  return `${newFolder()}object`;
}

/** Puts a text and returns the key. */
export async function putText(store: ObjectStore, key: string, content = 'hello'): Promise<string> {
  await store.put(key, Buffer.from(content));
  return key;
}

export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString();
}

export async function keysUnder(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await collect(store.list(prefix))).map(({ key }) => key);
}
