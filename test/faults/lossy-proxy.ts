/**
 * Stands between a client and a server of HTTP on this machine, and loses replies: a request always arrives whole and is answered, and
 * then, by the seed's draw, the answer is thrown away, cut in its middle, or kept back for a while.
 *
 * So whoever asked cannot know whether it was done. What the upstream does not answer at all ends with a broken connection too.
 */
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { errorReply } from '../../lib/http/http-error.ts';

/** Of the replies. Half of those that are lost break off in their middle. */
const LOST_SHARE = 0.1;
const DELAYED_SHARE = 0.1;

const TRIED_AGAIN_MS = 50;

/** Said of one connection alone, or made anew for a body that came whole. */
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'expect']);

/** What is said of an error that is none of ours. */
const BUG = Buffer.from(String(errorReply(new Error(), 'v3').body));

export interface LossyProxyOptions {
  /** Base URL as it is now; what is there may be gone. */
  readonly upstream: () => string;
  readonly seed: number;
  /** A reply is kept back for so long at most. */
  readonly longestDelayMs: number;
  /** A request to a server that is not there is kept for so long, for one that comes; 0, where it is left out. */
  readonly waitsMs?: number;
  /** Whether the reply to it is never lost. */
  readonly isSpared?: (asked: IncomingMessage) => boolean;
}

export interface ProxyCounts {
  requests: number;
  /** Of those, whose reply could be lost. */
  atRisk: number;
  /** Thrown away whole, and cut in their middle. */
  dropped: number;
  cut: number;
  delayed: number;
  /** Never answered by the upstream. */
  unanswered: number;
  /** Answers that tell of a mistake in Millrace itself. */
  bugs: number;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

export class LossyProxy {
  readonly counts: ProxyCounts = { requests: 0, atRisk: 0, dropped: 0, cut: 0, delayed: 0, unanswered: 0, bugs: 0 };
  /** While it is calm every reply comes, at once. */
  isCalm = true;
  readonly #options: LossyProxyOptions;
  readonly #random: SeededRandom;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;

  private constructor(options: LossyProxyOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#server = createServer((asked, reply) => void this.#pass(asked, reply));
  }

  /** On a free port of 127.0.0.1. */
  static async start(options: LossyProxyOptions): Promise<LossyProxy> {
    const proxy = new LossyProxy(options);
    await new Promise<void>(resolve => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** Base URL, without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #pass(asked: IncomingMessage, reply: ServerResponse): Promise<void> {
    this.counts.requests++;
    try {
      const answer = await this.#deliver(asked, await bodyOf(asked));
      if (answer.body.equals(BUG)) this.counts.bugs++;
      await this.#answer(asked, reply, answer);
    } catch {
      this.counts.unanswered++;
      asked.socket.destroy();
    }
  }

  /** Nothing was sent to a server that takes no connection. */
  async #deliver(asked: IncomingMessage, body: Buffer): Promise<Reply> {
    const { waitsMs = 0 } = this.#options;
    for (const until = performance.now() + waitsMs; ; await sleep(TRIED_AGAIN_MS)) {
      try {
        return await this.#forward(asked, body);
      } catch (error) {
        const isAway = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
        if (!isAway || performance.now() > until) throw error;
      }
    }
  }

  #forward(asked: IncomingMessage, body: Buffer): Promise<Reply> {
    const { method = 'GET', url = '/' } = asked;
    const { hostname, port } = new URL(this.#options.upstream());
    const headers = { ...endToEnd(asked.headers), ...(body.length > 0 && { 'content-length': String(body.length) }) };
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path: url, headers, agent: this.#agent }, response => {
        bodyOf(response).then(whole => {
          resolve({ status: response.statusCode ?? 502, headers: endToEnd(response.headers), body: whole });
        }, reject);
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  async #answer(asked: IncomingMessage, reply: ServerResponse, answer: Reply): Promise<void> {
    const fate = this.#fateOf(asked);
    if (fate !== 'sent') this.counts[fate]++;
    if (fate === 'dropped') return void asked.socket.destroy();
    if (fate === 'delayed') await sleep(this.#random.float() * this.#options.longestDelayMs);
    const { status, headers, body } = answer;
    const isBodiless = asked.method === 'HEAD' || status === 204 || status === 304;
    reply.writeHead(status, isBodiless ? headers : { ...headers, 'content-length': String(body.length) });
    if (fate !== 'cut') return void reply.end(isBodiless ? undefined : body);
    reply.write(body.subarray(0, body.length / 2), () => asked.socket.destroy());
  }

  #fateOf(asked: IncomingMessage): 'sent' | 'dropped' | 'cut' | 'delayed' {
    if (this.isCalm) return 'sent';
    const isSpared = this.#options.isSpared?.(asked) ?? false;
    if (!isSpared) this.counts.atRisk++;
    const draw = this.#random.float();
    if (draw >= LOST_SHARE + DELAYED_SHARE) return 'sent';
    if (draw >= LOST_SHARE) return 'delayed';
    if (isSpared) return 'sent';
    return draw < LOST_SHARE / 2 ? 'dropped' : 'cut';
  }
}

function endToEnd(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
