/** The proxy of the runs under faults, against a server that counts what reached it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LossyProxy } from './lossy-proxy.ts';

const REQUESTS = 400;

let upstream: Server;
let proxy: LossyProxy;
/** What reached the server, body by body. */
let arrived: string[] = [];

beforeEach(async () => {
  arrived = [];
  upstream = createServer((asked, reply) => {
    let body = '';
    asked.on('data', chunk => {
      body += chunk;
    });
    asked.on('end', () => {
      arrived.push(body);
      reply.writeHead(201, { 'x-kept': asked.headers['x-sent'] ?? '' }).end(`took ${asked.url} ${body}`);
    });
  });
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  proxy = await start(port);
});

afterEach(async () => {
  await proxy.close();
  upstream.closeAllConnections();
  upstream.close();
});

const start = (port: number, isSpared = () => false) =>
  LossyProxy.start({ upstream: () => `http://127.0.0.1:${port}`, seed: 3, longestDelayMs: 5, isSpared });

const send = async (body: string) => {
  const answer = await fetch(`${proxy.url}/a?b=c`, { method: 'POST', body, headers: { 'x-sent': 'yes' } });
  return { status: answer.status, kept: answer.headers.get('x-kept'), text: await answer.text() };
};

/** How many of the requests were answered. */
async function sendMany(): Promise<number> {
  let answered = 0;
  for (let index = 0; index < REQUESTS; index++) {
    const answer = await send(String(index)).catch(() => undefined);
    if (!answer) continue;
    expect(answer).toEqual({ status: 201, kept: 'yes', text: `took /a?b=c ${index}` });
    answered++;
  }
  return answered;
}

it('passes everything on while it is calm', async () => {
  expect(await sendMany()).toBe(REQUESTS);
  expect(proxy.counts).toEqual({
    requests: REQUESTS,
    atRisk: 0,
    dropped: 0,
    cut: 0,
    delayed: 0,
    unanswered: 0,
    bugs: 0,
  });
});

it('loses a tenth of the replies once the server has done what was asked, and keeps others back', async () => {
  proxy.isCalm = false;
  const answered = await sendMany();
  const { requests, atRisk, dropped, cut, delayed, unanswered } = proxy.counts;
  expect(arrived).toEqual(Array.from({ length: REQUESTS }, (_, index) => String(index)));
  expect(answered).toBe(REQUESTS - dropped - cut);
  expect([requests, atRisk, unanswered]).toEqual([REQUESTS, REQUESTS, 0]);
  for (const [count, share] of [
    [dropped, 0.05],
    [cut, 0.05],
    [delayed, 0.1],
  ] as const) {
    expect(count / REQUESTS).toBeGreaterThan(share / 2);
    expect(count / REQUESTS).toBeLessThan(share * 2);
  }
});

it('spares what it is told to spare', async () => {
  const { port } = upstream.address() as AddressInfo;
  await proxy.close();
  proxy = await start(port, () => true);
  proxy.isCalm = false;
  expect(await sendMany()).toBe(REQUESTS);
  expect(proxy.counts.delayed).toBeGreaterThan(0);
  expect(proxy.counts.atRisk).toBe(0);
});

it('counts the answers that tell of a mistake in Millrace', async () => {
  upstream.removeAllListeners('request');
  upstream.on('request', (_, reply) => {
    reply.writeHead(500).end('{"error_code":500,"message":"internal server error"}');
  });
  await send('a');
  expect(proxy.counts.bugs).toBe(1);
});

it('breaks the connection where the server is gone', async () => {
  upstream.closeAllConnections();
  await new Promise(resolve => upstream.close(resolve));
  await expect(send('a')).rejects.toThrow('fetch failed');
  expect(proxy.counts.unanswered).toBe(1);
});
