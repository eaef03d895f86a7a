/**
 * Clients that mean no good, against the server as users run it: bytes that are no HTTP, requests that end halfway, bodies that grow
 * beyond all when they are decompressed. It answers others as before, has stored nothing, and its memory does not grow with their number.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mediaType } from '../../lib/http/media-type.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { type ServerProcess, startProcess } from '../support/server-process.ts';

const MIB = 1024 * 1024;

/** Attacks of each kind in one round, and those that are under way at once. */
const ROUND = 48;
const AT_ONCE = 8;

/** What two equal rounds may differ by: what the collector has not got to. */
const SLACK_MIB = 96;

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-hostile-'));
  server = await startProcess(join(folder, 'data'));
  const { data } = (await (await fetch(`${server.url}/v3/clusters`)).json()) as { data: { cluster_id: string }[] };
  const created = await fetch(`${server.url}/v3/clusters/${data[0]?.cluster_id}/topics`, {
    method: 'POST',
    headers: { 'content-type': mediaType.json },
    body: JSON.stringify({ topic_name: 't', partitions_count: 1 }),
  });
  expect(created.status).toBe(201);
});

afterAll(async () => {
  await server.stop('SIGTERM');
  await rm(folder, { recursive: true });
});

const gzipBomb = gzipSync(`{"records":[{"value":"${'x'.repeat(64 * MIB)}"}]}`);
const zeros = { timestamp: 0, key: null, value: Buffer.alloc(24 * MIB), headers: [] };
const batchBombs = (['gzip', 'zstd', 'lz4', 'snappy'] as const).map(codec => encodeBatch({ records: [zeros], codec }));

const post = (body: Uint8Array, type: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${server.url}/topics/t/partitions/0`, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: Buffer.from(body),
  });

/** Bytes straight into a connection; what comes back, until either side ends it. */
function sendBytes(bytes: Uint8Array): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const { port } = new URL(server.url);
  let answer = '';
  const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes));
  socket.on('data', chunk => {
    answer += chunk;
  });
  socket.on('error', () => resolve(answer));
  socket.on('close', () => resolve(answer));
  return promise;
}

const head = (lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);

const noHttp: readonly (() => Uint8Array)[] = [
  () => randomBytes(4_096),
  () => head(['GET / HTTP/9.9']),
  () => head(['GET /topics HTTP/1.1', 'Host: x', `X: ${'x'.repeat(100_000)}`]),
  () => head([`GET /${'a'.repeat(100_000)} HTTP/1.1`, 'Host: x']),
  () => head(['POST /topics/t HTTP/1.1', 'Host: x', 'Content-Length: 4194304', 'Content-Type: application/json']),
  () => head(['POST /topics/t HTTP/1.1', 'Host: x', 'Content-Length: -1']),
  () => head(['POST /topics/t HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', 'Content-Length: 5']),
  () =>
    Buffer.concat([
      head(['POST /topics/t HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked']),
      Buffer.from('fffffff\r\nx'),
    ]),
  // one whole chunk, and then the client is gone
  () =>
    Buffer.concat([
      head(['POST /topics/t HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked']),
      Buffer.from('5\r\nhello\r\n'),
    ]),
  () => head(['GET /topics/%ff%fe HTTP/1.1', 'Host: x', 'Connection: close']),
  () => head(['GET /topics/../../etc/passwd HTTP/1.1', 'Host: x', 'Connection: close']),
  () => head(['GET http:// HTTP/1.1', 'Host: \u0001', 'Connection: close']),
];

async function attack(index: number): Promise<void> {
  const answers = [
    await post(gzipBomb, mediaType.v2Json, { 'content-encoding': 'gzip' }),
    await post(batchBombs[index % batchBombs.length] as Uint8Array, mediaType.recordBatch),
    await post(randomBytes(64 * 1024), mediaType.recordBatch),
  ];
  for (const answer of answers) expect([400, 413, 422], await answer.text()).toContain(answer.status);
  const answer = await sendBytes((noHttp[index % noHttp.length] as (typeof noHttp)[number])());
  expect(answer).not.toMatch(/^HTTP\/1.1 5/);
}

async function round(): Promise<void> {
  for (let first = 0; first < ROUND; first += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => attack(first + index)));
  }
}

/** Memory of the process, in MiB: from the kernel where it tells, otherwise from `ps`. */
async function residentMib(): Promise<number> {
  const { pid } = server.process;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const stated = /VmRSS:\s+([0-9]+) kB/.exec(status)?.[1];
  return Number(stated ?? (await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout) / 1024;
}

it('is neither stopped nor filled by clients that mean no good', async () => {
  await round();
  const first = await residentMib();
  await round();
  await round();
  expect(await residentMib()).toBeLessThan(first + SLACK_MIB);
  const offsets = await fetch(`${server.url}/topics/t/partitions/0/offsets`);
  expect(await offsets.json()).toMatchObject({ beginning_offset: 0, end_offset: 0 });
  expect(
    (await post(encodeBatch({ records: [{ ...zeros, value: null }], codec: 'none' }), mediaType.recordBatch)).status,
  ).toBe(200);
  expect(server.output()).not.toMatch(/error/i);
}, 120_000);
