/**
 * The segments of the local store as files, under the URLs that lists of segments have: `GET` and `HEAD` with one range.
 *
 * Only keys of segments are looked for, whatever else a path says.
 */
import type { ObjectStore } from '../ports/object-store.ts';

/** `segments/<topicId>/<partition>/<base offset>-<fence>-<id>.log` */
const SEGMENT_PATH = /^\/(segments\/[\w-]{22}\/(?:0|[1-9]\d{0,2})\/\d{20}-\d{10}-[\w-]{22}\.log)$/;

/** Read from the store at once. */
const PIECE_BYTES = 1024 * 1024;

type Range = { readonly start: number; readonly end: number };

/** The answer to a request for a segment; `undefined` for every other request. */
export async function serveSegmentFile(request: Request, objects: ObjectStore): Promise<Response | undefined> {
  const [, key] = SEGMENT_PATH.exec(new URL(request.url).pathname) ?? [];
  if (key === undefined) return undefined;
  const isHead = request.method === 'HEAD';
  if (!isHead && request.method !== 'GET') return refuse(405, 'a segment is only read, use GET or HEAD', allow);
  let size: number | undefined;
  try {
    size = await sizeOf(objects, key);
  } catch {
    return refuse(503, 'the store does not answer, try again');
  }
  if (size === undefined) return refuse(404, 'there is no such segment any more, list the segments again');
  const range = rangeOf(request, size);
  if (range === 'unsatisfiable') {
    const headers = { 'Content-Range': `bytes */${size}` };
    return refuse(416, `no such range, the segment has ${size} bytes`, headers);
  }
  const { start, end } = range ?? { start: 0, end: size };
  return new Response(isHead ? null : streamOf(objects, key, { start, end }), {
    status: range ? 206 : 200,
    headers: {
      'Accept-Ranges': 'bytes',
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(end - start),
      ...(range && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
    },
  });
}

const allow = { Allow: 'GET, HEAD' };

async function sizeOf(objects: ObjectStore, key: string): Promise<number | undefined> {
  for await (const object of objects.list(key)) if (object.key === key) return object.sizeInBytes;
  return undefined;
}

/** The range asked for; `undefined` for the whole: where none is, or one that is not understood. */
function rangeOf({ headers }: Request, size: number): Range | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.get('range') ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  // there is no validator that the client could have
  if (headers.has('if-range')) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  return start < end ? { start, end } : 'unsatisfiable';
}

/** A segment that goes meanwhile breaks the answer off. */
function streamOf(objects: ObjectStore, key: string, { start, end }: Range): ReadableStream<Uint8Array> {
  let next = start;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await objects.get(key, { start: next, end: Math.min(end, next + PIECE_BYTES) });
      if (!piece?.byteLength) throw new Error(`the segment ${key} is gone at byte ${next} of ${end}`);
      controller.enqueue(piece);
      next += piece.byteLength;
      if (next >= end) controller.close();
    },
  });
}

const refuse = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json({ error_code: status, message }, { status, headers });
