import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readStatedBody } from '../../lib/embedded/request-body.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Sends the text, or what of it is sent before the connection ends, and reads the body of the request that it makes. */
async function bodyOf(text: string, { pauseMs = 0 } = {}): Promise<Buffer> {
  const reading = Promise.withResolvers<Buffer>();
  server = createServer(async (incoming: IncomingMessage) => {
    await new Promise(resolve => setTimeout(resolve, pauseMs));
    readStatedBody(incoming, Number(incoming.headers['content-length'])).then(
      bytes => reading.resolve(Buffer.from(bytes)),
      reading.reject,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${text}`);
  if (!text.endsWith('.')) socket.destroySoon();
  return reading.promise;
}

describe('a body of a stated length', () => {
  it('is read whole', async () => {
    const text = 'x'.repeat(300_000);
    expect((await bodyOf(`Content-Length: 300001\r\n\r\n${text}.`)).toString()).toBe(`${text}.`);
  });

  it('is empty where its length is 0', async () => {
    expect(await bodyOf('Content-Length: 0\r\n\r\n.')).toHaveLength(0);
  });

  it('is read whole by one that comes late', async () => {
    expect((await bodyOf('Content-Length: 3\r\n\r\nab.', { pauseMs: 50 })).toString()).toBe('ab.');
  });

  it.each([0, 50])('is refused where it breaks off, by one that comes %i ms later too', async pauseMs => {
    await expect(bodyOf('Content-Length: 9\r\n\r\nhalf', { pauseMs })).rejects.toThrow();
  });
});
