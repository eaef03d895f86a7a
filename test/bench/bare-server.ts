/**
 * The least that a server on the same stack can do for the same bytes: `@hono/node-server`, and behind it
 *
 * - POST `/?answer=<bytes>`: stores the body with one synced conditional create, and answers with so many bytes;
 * - GET `/?file=<path>&from=<byte>&bytes=<bytes>`: answers with that part of a file.
 *
 * Run as a process of its own: `node test/bench/bare-server.ts <data folder>`.
 */
import { openSync, readSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { RawStore } from './raw-store.ts';

const [folder = '.'] = process.argv.slice(2);
const store = new RawStore(folder);
const files = new Map<string, number>();
const answers = new Map<number, Uint8Array<ArrayBuffer>>();

const server = createAdaptorServer({ fetch: answer }) as Server;
server.listen(0, '127.0.0.1', () => {
  console.log(`ready on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => {
    store.close().then(() => process.exit(), fail);
  });
});

async function answer(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const wanted = (name: string) => Number(searchParams.get(name));
  if (request.method === 'POST') {
    await store.create(new Uint8Array(await request.arrayBuffer()));
    return new Response(zeros(wanted('answer')));
  }
  return new Response(part(searchParams.get('file') ?? '', wanted('from'), wanted('bytes')));
}

function zeros(length: number): Uint8Array<ArrayBuffer> {
  const bytes = answers.get(length) ?? new Uint8Array(length);
  answers.set(length, bytes);
  return bytes;
}

function part(path: string, from: number, length: number): Uint8Array<ArrayBuffer> {
  const descriptor = files.get(path) ?? openSync(path, 'r');
  files.set(path, descriptor);
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, from));
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
