import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client } from '../../../lib/adapters/aws/clients.ts';
import { S3ObjectStore } from '../../../lib/adapters/aws/object-store.ts';
import { collect } from '../../contract/support/collect.ts';
import { type Answer, cut, ScriptedServer, xml } from './support/scripted-server.ts';

const keysOf = (request = '') => [...request.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = '']) => key);
const deleted = (left: readonly string[] = []): Answer =>
  xml(
    200,
    `<DeleteResult>${left.map(key => `<Error><Key>${key}</Key><Code>InternalError</Code></Error>`).join('')}</DeleteResult>`,
  );
const error = (status: number, code: string) => xml(status, `<Error><Code>${code}</Code><Message>m</Message></Error>`);

describe('S3ObjectStore', () => {
  const server = new ScriptedServer();
  let store: S3ObjectStore;

  beforeAll(async () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    store = new S3ObjectStore(
      createS3Client({ endpoint: await server.listen(), region: 'us-east-1', credentials }),
      'b',
    );
  });
  afterAll(() => server.close());

  it('deletes a thousand keys a request', async () => {
    const keys = Array.from({ length: 2_001 }, (_, n) => `k${n}`);
    server.script(deleted(), deleted(), deleted());
    await store.delete(keys);
    expect(server.requests.map(request => keysOf(request).length)).toEqual([1_000, 1_000, 1]);
    expect(server.requests.flatMap(keysOf)).toEqual(keys);
  });

  it('sends the keys again that S3 left undeleted', async () => {
    server.script(deleted(['b', 'c']), deleted(['c']), deleted());
    await store.delete(['a', 'b', 'c']);
    expect(server.requests.map(keysOf)).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c']]);
  });

  it('gives up on keys that S3 never deletes, as unknown', async () => {
    server.script(...Array.from({ length: 6 }, () => deleted(['b'])));
    await expect(store.delete(['a', 'b'])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(server.requests).toHaveLength(6);
  });

  it('lists page after page', async () => {
    const page = (key: string, next?: string) =>
      xml(
        200,
        `<ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${next ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}
         <Contents><Key>${key}</Key><Size>3</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents></ListBucketResult>`,
      );
    server.script(page('a', 'token'), page('b'));
    const lastModified = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect(await collect(store.list(''))).toEqual([
      { key: 'a', sizeInBytes: 3, lastModified },
      { key: 'b', sizeInBytes: 3, lastModified },
    ]);
  });

  it.each([
    ['a put asked to slow down', () => store.put('k', Buffer.of(1)), [error(503, 'SlowDown')], 'THROTTLED'],
    ['a put that fails twice', () => store.put('k', Buffer.of(1)), [cut, cut], 'OUTCOME_UNKNOWN'],
    ['a get that fails twice', () => store.get('k'), [cut, error(500, 'InternalError')], 'STORE_UNAVAILABLE'],
    ['no such bucket', () => store.get('k'), [error(404, 'NoSuchBucket')], 'STORAGE_ERROR'],
    ['a refused put', () => store.put('k', Buffer.of(1)), [error(403, 'AccessDenied')], 'STORAGE_ERROR'],
  ])('%s', async (_what, call, answers, code) => {
    server.script(...answers);
    await expect(call()).rejects.toMatchObject({ name: 'MillraceError', code });
    expect(server.requests).toHaveLength(answers.length);
  });

  it('fails a get whose body ends early', async () => {
    const half: Answer = (reply, socket) => {
      reply.writeHead(200, { 'content-length': '1000' }).write('half', () => socket.destroy());
    };
    server.script(half);
    await expect(store.get('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
