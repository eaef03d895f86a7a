/** Bodies straight from the connection: of a GET, since `fetch`'s requests have none, and of others without a copy. */
import type { IncomingMessage } from 'node:http';
import { HttpError } from '../http/http-error.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** @throws HttpError 413 for one that is longer than `limit` bytes */
export async function readGetBody(incoming: IncomingMessage, limit: number): Promise<Bytes> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > limit) throw new HttpError(413, `the body has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** A body that states its length, each chunk put in its place as it comes; rejects where it breaks off. */
export async function readStatedBody(incoming: IncomingMessage, length: number): Promise<Bytes> {
  if (length === 0) return Buffer.alloc(0);
  let body: Buffer<ArrayBuffer> | undefined;
  let filled = 0;
  return new Promise((resolve, reject) => {
    // every request closes, a whole one too; to make an error takes longer than to look
    const breakOff = () => {
      if (filled < length) reject(new Error(`the body broke off after ${filled} of ${length} bytes`));
    };
    if (incoming.destroyed) breakOff();
    incoming.on('data', (chunk: Buffer) => {
      // no sooner: a client that only states a length gets no memory; HTTP's parser gives no more than was stated
      body ??= Buffer.allocUnsafeSlow(length);
      body.set(chunk, filled);
      filled += chunk.byteLength;
    });
    incoming.once('end', () => body && filled === length && resolve(body));
    incoming.once('error', reject);
    incoming.once('close', breakOff);
  });
}
