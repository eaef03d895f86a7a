/**
 * An HTTP server that answers each request as the test has scripted it, and remembers what it was asked.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export type Answer = (reply: ServerResponse, socket: Socket) => void;

export class ScriptedServer {
  /** The bodies of the requests, and beside each its method and path. */
  readonly requests: string[] = [];
  /** Method and path of each. */
  readonly paths: string[] = [];
  /** That were opened since the start. */
  connections = 0;
  readonly #answers: Answer[] = [];
  readonly #server = createServer(async (request, reply) => {
    this.paths.push(`${request.method} ${request.url}`);
    this.requests.push(await text(request));
    const answer = this.#answers.shift() ?? json(500, { message: 'nothing scripted' });
    answer(reply, request.socket);
  });

  /** Answers the coming requests so, in this order. */
  script(...answers: readonly Answer[]): void {
    this.requests.length = 0;
    this.paths.length = 0;
    this.#answers.splice(0, Infinity, ...answers);
  }

  async listen(): Promise<string> {
    this.#server.on('connection', () => this.connections++);
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function json(status: number, body: object): Answer {
  return reply => {
    reply.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  };
}

export function xml(status: number, body: string): Answer {
  return reply => {
    reply.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${body}`);
  };
}

/** Cuts the connection instead of answering. */
export const cut: Answer = (_reply, socket) => socket.destroy();

/** Never answers. */
export const stall: Answer = () => undefined;
