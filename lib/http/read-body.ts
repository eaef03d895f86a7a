/**
 * Reads the body of a request within a limit, which holds for the bytes as sent and for what they decompress to. Neither is
 * ever held beyond it: a body that says that it is too long is not read at all, one that does not say is read no further
 * than the limit, and gunzip stops there as well.
 */
import { promisify } from 'node:util';
import { gunzip as gunzipWithCallback } from 'node:zlib';
import { limits } from '../protocol/limits.ts';
import { HttpError } from './http-error.ts';

const gunzip = promisify(gunzipWithCallback);

type Bytes = Uint8Array<ArrayBuffer>;

type ReadsStated = (length: number) => Promise<Bytes>;

/** @throws HttpError 413, 415 for an unknown `Content-Encoding`, 400 for gzip that is none */
export async function readBody(request: Request, readStated?: ReadsStated): Promise<Bytes> {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  switch (encoding) {
    case 'identity':
      return readRaw(request, readStated);
    case 'gzip':
    case 'x-gzip':
      return decompress(await readRaw(request, readStated));
    default:
      throw new HttpError(415, `content encoding '${encoding.slice(0, 100)}' is not understood, send gzip or none`, {
        headers: { 'Accept-Encoding': 'gzip' },
      });
  }
}

async function readRaw(request: Request, readStated: ReadsStated = () => bytesOf(request)): Promise<Bytes> {
  const stated = request.headers.get('content-length');
  if (stated === null) return unbroken(readUnstated(request));
  if (Number(stated) > limits.bodyBytes) throw tooLarge(`${stated} bytes`);
  const bytes = await unbroken(readStated(Number(stated)));
  if (bytes.byteLength > limits.bodyBytes) throw tooLarge(`${bytes.byteLength} bytes`);
  return bytes;
}

const bytesOf = async (request: Request): Promise<Bytes> => new Uint8Array(await request.arrayBuffer());

/** A body of unknown length, counted as it comes. */
async function readUnstated({ body }: Request): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > limits.bodyBytes) throw tooLarge('more');
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Bytes) : Buffer.concat(chunks, length);
}

async function decompress(bytes: Bytes): Promise<Bytes> {
  try {
    return (await gunzip(bytes, { maxOutputLength: limits.bodyBytes })) as Bytes;
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge('more after gunzip');
    throw new HttpError(400, 'the body says that it is gzip, and cannot be decompressed', { cause });
  }
}

/** The bytes, if they are no more than a limit. @throws HttpError 413 */
export function within(limit: number, bytes: Bytes): Bytes {
  if (bytes.byteLength > limit) throw tooLarge(`${bytes.byteLength} bytes`);
  return bytes;
}

/** What a client left unfinished is its own affair. */
async function unbroken<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    if (cause instanceof HttpError) throw cause;
    throw new HttpError(400, 'the body broke off', { cause });
  }
}

const tooLarge = (size: string) =>
  new HttpError(413, `the body has ${size}, the limit is ${limits.bodyBytes} bytes after decompression`);
