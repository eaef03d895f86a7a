/** A function behind a URL on this machine, which does what a case says. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { SelfManagedKafkaEvent } from 'aws-lambda';

type EventRecord = SelfManagedKafkaEvent['records'][string][number];

/** One event as it came. */
export interface Delivered {
  readonly event: SelfManagedKafkaEvent;
  /** Of its one partition. */
  readonly records: readonly EventRecord[];
  readonly offsets: readonly number[];
  readonly values: readonly string[];
  readonly at: number;
}

export interface Answered {
  readonly status?: number;
  /** What the function returns. */
  readonly body?: unknown;
}

export type Behaviour = (delivered: Delivered) => Answered | Promise<Answered>;

export class FunctionServer {
  /** Every event, in the order in which they came. */
  readonly delivered: Delivered[] = [];
  behave: Behaviour = () => ({});
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const event = JSON.parse(await text(request)) as SelfManagedKafkaEvent;
      const records = Object.values(event.records).flat();
      const delivered: Delivered = {
        event,
        records,
        offsets: records.map(({ offset }) => offset),
        values: records.map(({ value }) => Buffer.from(value ?? '', 'base64').toString()),
        at: performance.now(),
      };
      this.delivered.push(delivered);
      const { status = 200, body = null } = await this.behave(delivered);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  static async start(): Promise<FunctionServer> {
    const functions = new FunctionServer();
    await new Promise<void>(resolve => functions.#server.listen(0, '127.0.0.1', resolve));
    return functions;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/function`;
  }

  /** The offsets of all events, one list for each. */
  get batches(): readonly (readonly number[])[] {
    return this.delivered.map(({ offsets }) => offsets);
  }

  /** The offsets that came of a partition, in the order in which they came. */
  offsetsOf(partition: number): readonly number[] {
    return this.delivered
      .flatMap(({ records }) => records.filter(each => each.partition === partition))
      .map(each => each.offset);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}
