/** A handler's module as it is at one moment, in a thread of its own: calls to it, and whether its files have changed since. */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { TargetAnswer, TargetCall } from '../../ports/trigger-target.ts';
import type { FromWorker, ToWorker } from './handler-messages.ts';

const SCRIPT = new URL('./handler-worker.ts', import.meta.url);

/** What an error says is kept to so many characters. */
const ERROR_LENGTH = 2_000;

export interface HandlerModule {
  /** A `file:` URL. */
  readonly url: string;
  readonly exportName: string | undefined;
}

interface CallUnderWay {
  readonly answer: (answer: TargetAnswer) => void;
  readonly timer: NodeJS.Timeout;
}

export class HandlerThread {
  readonly #worker: Worker;
  /** The files that it is made of, as they were when they were loaded. */
  readonly #files = new Map<string, string>();
  readonly #calls = new Map<string, CallUnderWay>();
  /** Calls that came before it was ready. */
  #early: ToWorker[] | undefined = [];
  #refusal: string | undefined;
  #hasEnded = false;
  #isRetired = false;

  constructor(module: HandlerModule) {
    this.#note(module.url);
    this.#worker = new Worker(SCRIPT, { workerData: module });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', error => this.#end(String(error)));
    this.#worker.on('exit', code => this.#end(`the handler ended its thread, with exit code ${code}`));
    this.#worker.unref();
  }

  /** Whether another is needed: a file has changed, or the thread has ended. */
  get isOld(): boolean {
    return this.#hasEnded || [...this.#files].some(([path, stamp]) => stampOf(path) !== stamp);
  }

  invoke({ payload, timeoutMs }: Pick<TargetCall, 'payload' | 'timeoutMs'>): Promise<TargetAnswer> {
    if (this.#refusal !== undefined) return Promise.resolve({ outcome: 'refused', error: this.#refusal });
    return new Promise(answer => {
      const id = randomUUID();
      const timer = setTimeout(() => this.#timeOut(id, timeoutMs), timeoutMs);
      this.#calls.set(id, { answer, timer });
      const message = { id, payload, timeoutMs };
      if (this.#early) this.#early.push(message);
      else this.#worker.postMessage(message);
    });
  }

  /** Ends once the calls that are under way have. */
  retire(): void {
    this.#isRetired = true;
    this.#endIfIdle();
  }

  /** Ends at once; calls under way count as not made. */
  async close(): Promise<void> {
    for (const id of [...this.#calls.keys()]) this.#answer(id, { outcome: 'refused', error: 'the server was stopped' });
    await this.#worker.terminate();
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'file':
        this.#note(message.url);
        return;
      case 'ready':
        for (const each of this.#early ?? []) this.#worker.postMessage(each);
        this.#early = undefined;
        return;
      case 'refused':
        this.#refusal = message.error.slice(0, ERROR_LENGTH);
        for (const id of [...this.#calls.keys()]) this.#answer(id, { outcome: 'refused', error: this.#refusal });
        return;
      case 'done':
        this.#answer(message.id, { outcome: 'done', response: message.response });
        return;
      case 'failed':
        this.#answer(message.id, { outcome: 'failed', error: message.error.slice(0, ERROR_LENGTH) });
        return;
    }
  }

  /** The thread may be in an endless loop: it is ended, and the calls beside this one are no worse than not made. */
  #timeOut(id: string, timeoutMs: number): void {
    const error = `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
    this.#answer(id, { outcome: 'failed', error });
    this.#hasEnded = true;
    for (const other of [...this.#calls.keys()]) {
      this.#answer(other, {
        outcome: 'refused',
        error: 'another call of the handler timed out, and its thread was ended',
      });
    }
    void this.#worker.terminate();
  }

  #end(why: string): void {
    this.#hasEnded = true;
    for (const id of [...this.#calls.keys()])
      this.#answer(id, { outcome: 'failed', error: why.slice(0, ERROR_LENGTH) });
  }

  #answer(id: string, answer: TargetAnswer): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    clearTimeout(call.timer);
    call.answer(answer);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#isRetired && this.#calls.size === 0) void this.#worker.terminate();
  }

  #note(url: string): void {
    const path = fileURLToPath(url);
    this.#files.set(path, stampOf(path));
  }
}

/** What changes when a file does. */
function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : 'none';
}
