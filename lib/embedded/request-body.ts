/** The body of a GET: `fetch`'s requests have none, HTTP's may. */
import type { IncomingMessage } from 'node:http';
import { HttpError } from '../http/http-error.ts';

/** @throws HttpError 413 for one that is longer than `limit` bytes */
export async function readGetBody(incoming: IncomingMessage, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > limit) throw new HttpError(413, `the body has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
