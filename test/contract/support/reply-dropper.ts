/**
 * An HTTP proxy that can lose replies: it forwards the request, waits until the store has applied it and answered, and then
 * cuts the connection instead of passing the answer on.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export class ReplyDropper {
  readonly #target: URL;
  readonly #server = createServer((incoming, outgoing) => void this.#forward(incoming, outgoing));
  #toDrop = 0;
  #dropped = 0;

  /** @param targetUrl an endpoint that speaks plain HTTP */
  constructor(targetUrl: string) {
    this.#target = new URL(targetUrl);
    if (this.#target.protocol !== 'http:') throw new Error(`${targetUrl} must be http, to have its replies dropped`);
  }

  /** Starts it and answers with its URL. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many replies were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The next `count` replies get lost. */
  dropNext(count = 1): void {
    this.#toDrop += count;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const reply = await this.#send(incoming);
      const body = await buffer(reply);
      if (this.#toDrop > 0) {
        this.#toDrop--;
        this.#dropped++;
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers).end(body);
    } catch {
      incoming.socket.destroy();
    }
  }

  async #send(incoming: IncomingMessage): Promise<IncomingMessage> {
    const { hostname, port } = this.#target;
    const { method, url: path, headers } = incoming;
    const forwarded = request({ hostname, port, method, path, headers });
    incoming.pipe(forwarded);
    const [reply] = await once(forwarded, 'response');
    return reply;
  }
}
