import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { serveSegmentFile } from '../../lib/embedded/segment-files.ts';

const topicId = 'tttttttttttttttttttttt';
const path = `segments/${topicId}/12/${'0'.repeat(20)}-0000000001-${'i'.repeat(22)}.log`;
const manifest = `manifests/${topicId}/12/0000000001-${'i'.repeat(22)}.json`;

/** Longer than what is read at once. */
const bytes = Uint8Array.from({ length: 2_500_000 }, (_, index) => (index * 7 + (index >> 8)) % 251);
const size = bytes.byteLength;

const objects = new MemoryObjectStore();

const ask = (at: string, init: RequestInit = {}) =>
  serveSegmentFile(new Request(`http://127.0.0.1:8082/${at}`, init), objects);

const askRange = (range: string, headers = {}) => ask(path, { headers: { Range: range, ...headers } });

const bodyOf = async (response: Response | undefined) => new Uint8Array((await response?.arrayBuffer()) ?? []);

beforeAll(async () => {
  await objects.put(path, bytes);
  await objects.put(manifest, bytes);
});

describe('a segment of the local server', () => {
  it('is a file of bytes', async () => {
    const response = await ask(path);
    expect(response?.status).toBe(200);
    expect(Object.fromEntries(response?.headers ?? [])).toEqual({
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      'content-length': String(size),
    });
    expect(await bodyOf(response)).toEqual(bytes);
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=0-9', 0, 10],
    ['bytes=1000000-1100000', 1_000_000, 1_100_001],
    ['bytes=5-', 5, size],
    ['bytes=-7', size - 7, size],
    [`bytes=-${size + 1}`, 0, size],
    [`bytes=0-${size - 1}`, 0, size],
    [`bytes=0-${size}`, 0, size],
    [`bytes=${size - 1}-${size + 9}`, size - 1, size],
  ])('answers the range %s', async (range, start, end) => {
    const response = await askRange(range);
    expect(response?.status).toBe(206);
    expect(response?.headers.get('Content-Range')).toBe(`bytes ${start}-${end - 1}/${size}`);
    expect(response?.headers.get('Content-Length')).toBe(String(end - start));
    expect(await bodyOf(response)).toEqual(bytes.subarray(start, end));
  });

  it.each([`bytes=${size}-`, `bytes=${size}-${size + 1}`, 'bytes=-0', 'bytes=999999999999999-'])(
    'has no range %s',
    async range => {
      const response = await askRange(range);
      expect(response?.status).toBe(416);
      expect(response?.headers.get('Content-Range')).toBe(`bytes */${size}`);
      expect(await response?.json()).toMatchObject({ error_code: 416 });
    },
  );

  it.each(['bytes=', 'bytes=-', 'bytes=2-1', 'bytes=0-1,3-4', 'bytes=a-b', 'rows=0-1', 'bytes=0-1x', 'bytes=-1-2'])(
    'is answered whole to the range %s, as HTTP has it',
    async range => {
      const response = await askRange(range);
      expect(response?.status).toBe(200);
      expect(await bodyOf(response)).toHaveLength(size);
    },
  );

  it('is answered whole where the range depends on a version', async () => {
    expect((await askRange('bytes=0-1', { 'If-Range': '"x"' }))?.status).toBe(200);
  });

  it('has a head', async () => {
    for (const [headers, status, length] of [
      [{}, 200, size],
      [{ Range: 'bytes=0-9' }, 206, 10],
    ] as const) {
      const response = await ask(path, { method: 'HEAD', headers });
      expect(response?.status).toBe(status);
      expect(response?.headers.get('Content-Length')).toBe(String(length));
      expect(response?.body).toBeNull();
    }
  });

  it('is only read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await ask(path, { method });
      expect(response?.status).toBe(405);
      expect(response?.headers.get('Allow')).toBe('GET, HEAD');
    }
  });

  it('is 404 once it is gone', async () => {
    const response = await ask(path.replace('iii.log', 'iij.log'));
    expect(response?.status).toBe(404);
    expect(await response?.json()).toMatchObject({ error_code: 404, message: expect.stringMatching(/list/) });
  });

  it('breaks off where it goes meanwhile', async () => {
    const gone = new MemoryObjectStore();
    await gone.put(path, bytes);
    const response = await serveSegmentFile(new Request(`http://127.0.0.1/${path}`), gone);
    const reader = response?.body?.getReader();
    await reader?.read();
    await gone.delete([path]);
    const rest = async () => {
      while (!(await reader?.read())?.done);
    };
    await expect(rest()).rejects.toThrow(/gone at byte/);
  });

  it.each([
    manifest,
    path.replace('.log', ''),
    path.replace('.log', '.json'),
    path.replace('/12/', '/012/'),
    path.replace('/12/', '/1000/'),
    path.replace('/12/', '/12/../12/').replace('segments', 'segments/..'),
    `x/${path}`,
    `${path}/`,
    path.replaceAll('/', '%2F'),
    path.replace('segments', '%73egments'),
    `segments/${topicId}/../../${manifest}`,
    `segments/..%2f..%2f${manifest}`,
    'segments/',
    'segments',
  ])('is nothing else: %s', async other => {
    expect(await ask(other)).toBeUndefined();
  });
});
