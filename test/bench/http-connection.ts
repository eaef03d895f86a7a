/**
 * One keep-alive connection that sends requests made beforehand and counts the bytes of the answers.
 *
 * The load generator shares the machine with the server it measures, so it must cost little: this takes half the CPU of
 * `node:http` per request, and a tenth of `fetch`. It knows just enough of HTTP/1.1 for servers that give a Content-Length.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

export interface RequestParts {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly bodyBytes: number;
}

/** A request's bytes, ready to be sent any number of times. */
export function requestBytes({ method, path, headers, body = new Uint8Array() }: RequestParts): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': String(body.byteLength) });
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  );
  return Buffer.concat([Buffer.from(head), body]);
}

/** The value of a header as a number, NaN where it is not there. */
export function numberInHead(head: string, name: string): number {
  const value = new RegExp(`^${name}: *([0-9]+)`, 'im').exec(head)?.[1];
  return value === undefined ? Number.NaN : Number(value);
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

export class HttpConnection {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;
  #received: Buffer[] = [];
  #answer: HttpAnswer | undefined;
  #bytesMissing = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', chunk => this.#take(chunk));
    socket.on('error', error => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  /** Sends a request and waits for its answer; one at a time. Rejects where the status is not 200. */
  send(request: Buffer): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#answer) this.#bytesMissing -= chunk.length;
    else this.#takeHead(chunk);
    if (this.#answer && this.#bytesMissing <= 0) this.#settle(this.#answer);
  }

  #takeHead(chunk: Buffer): void {
    this.#received.push(chunk);
    const bytes = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const end = bytes.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    const bodyBytes = numberInHead(head, 'content-length');
    if (Number.isNaN(bodyBytes)) {
      this.#waiting?.reject(new Error(`the answer has no Content-Length: ${head}`));
      return;
    }
    this.#answer = { status: Number(head.slice(9, 12)), head, bodyBytes };
    this.#received = [];
    this.#bytesMissing = bodyBytes - (bytes.length - end - END_OF_HEAD.length);
    if (this.#answer.status !== 200) {
      this.#waiting?.reject(new Error(`the server answered ${bytes.toString('utf8', 0, 1_000)}`));
    }
  }

  #settle(answer: HttpAnswer): void {
    const waiting = this.#waiting;
    this.#answer = undefined;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}
