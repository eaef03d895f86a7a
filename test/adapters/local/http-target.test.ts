import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpTarget } from '../../../lib/adapters/local/http-target.ts';
import { SystemClock } from '../../../lib/adapters/system/system-clock.ts';

const target = new HttpTarget(new SystemClock());
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering =
  (status: number, body = ''): RequestListener =>
  (_request, reply) =>
    void reply.writeHead(status, { location: '/elsewhere', connection: 'keep-alive' }).end(body);

const invoke = (url: string, timeoutMs = 10_000, payload = '{}') =>
  target.invoke({ function: url, payload, timeoutMs });

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const began = performance.now();
  return [await work(), performance.now() - began];
}

describe('a function behind a URL', () => {
  it('is sent the event as JSON, with its length, to the path that was named', async () => {
    const seen: unknown[] = [];
    const url = await listen(async (request, reply) => {
      const { method, headers } = request;
      seen.push(method, request.url, headers['content-type'], headers['content-length'], await text(request));
      reply.end('"ok"');
    });
    expect(await invoke(`${url}/a/b?c=d`, 1_000, '"ü"')).toEqual({ outcome: 'done', response: '"ok"' });
    expect(seen).toEqual(['POST', '/a/b?c=d', 'application/json', '4', '"ü"']);
  });

  it.each([200, 201, 202, 204])('that answers %i is done', async status => {
    expect((await invoke(await listen(answering(status)))).outcome).toBe('done');
  });

  it.each([400, 409, 418, 422, 500, 502])('that answers %i has failed, and is quoted', async status => {
    expect(await invoke(await listen(answering(status, 'because')))).toEqual({
      outcome: 'failed',
      error: `HTTP ${status}: because`,
    });
  });

  it.each([429, 503])('that answers %i is throttled', async status => {
    expect(await invoke(await listen(answering(status)))).toEqual({ outcome: 'throttled' });
  });

  it.each([301, 302, 307, 401, 403, 404, 405])('that answers %i is refused, and nobody else is asked', async status => {
    const paths: (string | undefined)[] = [];
    const url = await listen((request, reply) => {
      paths.push(request.url);
      answering(status)(request, reply);
    });
    expect((await invoke(`${url}/f`)).outcome).toBe('refused');
    expect(paths).toEqual(['/f']);
  });

  it('is quoted at no length, and read at no length', async () => {
    const long = await invoke(await listen(answering(500, 'x'.repeat(10_000))));
    expect('error' in long && long.error).toHaveLength('HTTP 500: '.length + 500);
    const endless = await listen((_request, reply) => {
      const more = () => {
        while (!reply.destroyed && reply.write(Buffer.alloc(65_536)));
        if (!reply.destroyed) reply.once('drain', more);
      };
      more();
    });
    expect(await invoke(endless)).toEqual({
      outcome: 'failed',
      error: 'HTTP 200: an answer of more than 6291456 bytes',
    });
  });

  it('may answer 6 MiB', async () => {
    const answer = await invoke(await listen(answering(200, 'x'.repeat(6 * 1024 * 1024))));
    expect(answer.outcome).toBe('done');
  });

  it('has a connection for each call: none is left for the other side to close', async () => {
    const url = await listen(answering(200));
    let connections = 0;
    servers[0]?.on('connection', () => connections++);
    for (let count = 0; count < 3; count++) await invoke(url);
    expect(connections).toBe(3);
  });
});

describe('a function of which nothing is heard', () => {
  it.each([
    ['cuts the connection', (request => void request.socket.destroy()) as RequestListener],
    ['is behind a gateway that gave up', answering(504)],
    [
      'breaks off its answer',
      ((_request, reply) => {
        reply.writeHead(200, { 'content-length': '10' }).write('half');
        setTimeout(() => reply.destroy(), 20);
      }) as RequestListener,
    ],
  ])('and that %s is unknown, no earlier than its timeout', async (_name, answer) => {
    const url = await listen(answer);
    const [{ outcome }, ms] = await timed(() => invoke(url, 1_000));
    expect(outcome).toBe('unknown');
    expect(ms).toBeGreaterThanOrEqual(999);
    expect(ms).toBeLessThan(4_000);
  });

  it('and that never answers is unknown a second after its timeout', async () => {
    const silent = await listen(() => undefined);
    const [answer, ms] = await timed(() => invoke(silent, 1_000));
    expect(answer).toMatchObject({ outcome: 'unknown', error: expect.stringContaining('TimeoutError') });
    expect(ms).toBeGreaterThanOrEqual(1_999);
    expect(ms).toBeLessThan(5_000);
  });

  it('and that answers without end is unknown a second after its timeout', async () => {
    const url = await listen((_request, reply) => {
      reply.writeHead(200);
      const timer = setInterval(() => reply.write('.'), 20);
      reply.on('close', () => clearInterval(timer));
    });
    const [{ outcome }, ms] = await timed(() => invoke(url, 1_000));
    expect(outcome).toBe('unknown');
    expect(ms).toBeLessThan(5_000);
  });
});

describe('a function that nobody serves', () => {
  it.each(['http://127.0.0.1:1/', 'http://localhost:1/', 'http://no-such-host.invalid/'])(
    '%s is refused at once',
    async url => {
      const [answer, ms] = await timed(() => invoke(url, 30_000));
      expect(answer).toMatchObject({
        outcome: 'refused',
        error: expect.stringMatching(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/),
      });
      expect(ms).toBeLessThan(10_000);
    },
  );
});
