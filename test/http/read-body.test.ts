import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../lib/http/read-body.ts';
import { limits } from '../../lib/protocol/limits.ts';

const request = (body: Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}) =>
  new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' });

const zeros = (length: number) => new Uint8Array(length);

/** A body that comes in chunks, and how many were asked for. */
function chunked(chunks: number, size: number) {
  const asked = { chunks: 0 };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (asked.chunks === chunks) return controller.close();
      asked.chunks++;
      controller.enqueue(zeros(size));
    },
  });
  return { asked, request: request(stream) };
}

const gzip = { 'Content-Encoding': 'gzip' };

describe('readBody', () => {
  it.each([limits.bodyBytes - 1, limits.bodyBytes])('reads %i bytes, gzipped or not', async length => {
    expect((await readBody(request(zeros(length)))).byteLength).toBe(length);
    expect((await readBody(request(gzipSync(zeros(length)), gzip))).byteLength).toBe(length);
  });

  it('refuses one byte more than the limit, gzipped or not, and names the limit', async () => {
    const tooLarge = expect.objectContaining({ status: 413, message: expect.stringContaining(`${limits.bodyBytes}`) });
    await expect(readBody(request(zeros(limits.bodyBytes + 1)))).rejects.toEqual(tooLarge);
    await expect(readBody(request(gzipSync(zeros(limits.bodyBytes + 1)), gzip))).rejects.toEqual(tooLarge);
  });

  it('refuses 128 MiB that gzip made small, without holding them', async () => {
    const bomb = gzipSync(zeros(128 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    await expect(readBody(request(bomb, gzip))).rejects.toThrow('more after gunzip');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('does not read a body that says that it is too long', async () => {
    const { asked, request: sent } = chunked(1, 1);
    const headers = { 'Content-Length': String(limits.bodyBytes + 1) };
    await expect(readBody(new Request(sent, { headers }))).rejects.toThrow('the limit is');
    expect(asked.chunks).toBeLessThanOrEqual(1);
  });

  it('stops reading a body of unknown length at the limit', async () => {
    const { asked, request: sent } = chunked(1_000, 1024 * 1024);
    await expect(readBody(sent)).rejects.toThrow('the limit is');
    expect(asked.chunks).toBeLessThan(10);
  });

  it('says of a body of unknown length that breaks off that it did', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: controller => controller.enqueue(zeros(5)),
      pull: controller => controller.error(new Error('aborted')),
    });
    await expect(readBody(request(stream))).rejects.toMatchObject({ status: 400, message: 'the body broke off' });
  });

  it('reads a body that comes in chunks', async () => {
    expect((await readBody(chunked(3, 10).request)).byteLength).toBe(30);
  });

  it.each(['br', 'deflate', 'zstd', 'gzip, gzip'])('refuses content encoding %s', async encoding => {
    await expect(readBody(request(zeros(1), { 'Content-Encoding': encoding }))).rejects.toEqual(
      expect.objectContaining({ status: 415, headers: { 'Accept-Encoding': 'gzip' } }),
    );
  });

  it.each([zeros(10), gzipSync(Buffer.from('hello')).subarray(0, 15)])('refuses gzip that is none', async bytes => {
    await expect(readBody(request(bytes, gzip))).rejects.toEqual(expect.objectContaining({ status: 400 }));
  });
});
