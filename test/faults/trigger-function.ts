/**
 * The function of a run's trigger, as a server of HTTP: it writes down when it was given what, takes its time, and takes everything.
 * Whether its answer arrives is not its business.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InvokeOperation } from '../history/history.ts';

/** Of one call, at least and at most, by its records. */
const LEAST_MS = 5;
const MS_OF_RECORD = 0.05;

interface TriggerEvent {
  readonly records: Readonly<
    Record<string, readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]>
  >;
}

export class TriggerFunction {
  readonly invokes: InvokeOperation[] = [];
  readonly #trigger: string;
  readonly #server: Server;

  private constructor(trigger: string) {
    this.#trigger = trigger;
    this.#server = createServer((asked, reply) => {
      const start = performance.now();
      const chunks: Buffer[] = [];
      asked.on('data', chunk => chunks.push(chunk));
      asked.on('end', () => {
        void this.#run(JSON.parse(Buffer.concat(chunks).toString()), start).then(() => reply.writeHead(200).end('{}'));
      });
    });
  }

  static async start(trigger: string): Promise<TriggerFunction> {
    const started = new TriggerFunction(trigger);
    await new Promise<void>(resolve => started.#server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #run({ records }: TriggerEvent, start: number): Promise<void> {
    const given = Object.values(records).flat();
    await sleep(LEAST_MS + given.length * MS_OF_RECORD);
    const [{ topic, partition } = { topic: '', partition: -1 }] = given;
    const offsets = given.map(({ offset }) => offset);
    this.invokes.push({
      operation: 'invoke',
      client: 'function',
      start,
      end: performance.now(),
      log: `${topic}#1/${partition}`,
      trigger: this.#trigger,
      life: 1,
      offsets,
      // the trigger is never turned off
      lookedAfter: 0,
      answer: { outcome: 'ok', result: { done: offsets } },
    });
  }
}
