/** A connection on which one request after the other is on its way, as bytes that were made beforehand. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Who extends it puts the answers together, and settles each. */
export abstract class RequestSocket<Answer> {
  readonly #socket: Socket;
  #waiting: Waiting<Answer> | undefined;

  /** @param server what it is called where it closes the connection */
  constructor(socket: Socket, server: string) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', chunk => this.take(chunk));
    socket.on('error', error => this.refuse(error));
    socket.on('close', () => this.refuse(new Error(`${server} closed the connection`)));
  }

  /** Sends a request and waits for its answer; one at a time. */
  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  protected abstract take(chunk: Buffer): void;

  protected settle(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }

  protected refuse(error: Error): void {
    this.#waiting?.reject(error);
  }
}

/** Opens a connection to a port of this machine. */
export async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
