/**
 * One keep-alive connection that sends requests made beforehand and counts the bytes of the answers.
 *
 * The load generator shares the machine with the server it measures, so it must cost little: this takes half the CPU of
 * `node:http` per request, and a tenth of `fetch`. It knows just enough of HTTP/1.1 for servers that give a Content-Length, no
 * body, or a body in one chunk.
 */
import { connected, RequestSocket } from './request-socket.ts';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const END_OF_LINE = Buffer.from('\r\n');

/** What follows the bytes of a body's only chunk. */
const END_OF_CHUNKS = '\r\n0\r\n\r\n'.length;

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

/** Rejects where the status is not of the 200s. */
export class HttpConnection extends RequestSocket<HttpAnswer> {
  #received: Buffer[] = [];
  #answer: HttpAnswer | undefined;
  #bytesMissing = 0;

  static async open(port: number): Promise<HttpConnection> {
    return new HttpConnection(await connected(port), 'the server');
  }

  protected override take(chunk: Buffer): void {
    if (this.#answer) this.#bytesMissing -= chunk.length;
    else this.#takeHead(chunk);
    if (!this.#answer || this.#bytesMissing > 0) return;
    const answer = this.#answer;
    this.#answer = undefined;
    this.settle(answer);
  }

  #takeHead(chunk: Buffer): void {
    this.#received.push(chunk);
    const bytes = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const end = bytes.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    const body = bodyOf(head, bytes.subarray(end + END_OF_HEAD.length));
    if (body === undefined) return;
    if (Number.isNaN(body.bytes)) {
      this.refuse(new Error(`the answer does not say how long it is: ${head}`));
      return;
    }
    this.#answer = { status: Number(head.slice(9, 12)), head, bodyBytes: body.bytes };
    this.#received = [];
    this.#bytesMissing = body.bytesOnWire - (bytes.length - end - END_OF_HEAD.length);
    if (this.#answer.status < 200 || this.#answer.status > 299) {
      this.refuse(new Error(`the server answered ${bytes.toString('utf8', 0, 1_000)}`));
    }
  }
}

/** How long a body is, as its head or its first line says, and how many bytes it is on the wire; `undefined` where that line is still to come. */
function bodyOf(head: string, rest: Buffer): { readonly bytes: number; readonly bytesOnWire: number } | undefined {
  if (/^HTTP\/1\.1 204/.test(head)) return { bytes: 0, bytesOnWire: 0 };
  if (!/^transfer-encoding: *chunked/im.test(head)) {
    const bytes = numberInHead(head, 'content-length');
    return { bytes, bytesOnWire: bytes };
  }
  const end = rest.indexOf(END_OF_LINE);
  if (end < 0) return undefined;
  const bytes = Number.parseInt(rest.toString('latin1', 0, end), 16);
  return { bytes, bytesOnWire: end + END_OF_LINE.length + bytes + END_OF_CHUNKS };
}
