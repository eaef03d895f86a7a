/** A handler's module as it is at one moment, in a thread of its own: calls to it, and whether its files have changed since. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { TargetAnswer, TargetCall } from '../../ports/trigger-target.ts';
import { errorText } from './error-text.ts';
import { stampOf } from './file-stamp.ts';
import type { FromWorker, ToWorker } from './handler-messages.ts';

const SCRIPT = new URL('./handler-worker.ts', import.meta.url);

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
  #idleSince = performance.now();
  #hasEnded = false;
  #isRetired = false;

  constructor(module: HandlerModule) {
    const path = fileURLToPath(module.url);
    this.#files.set(path, stampOf(path));
    this.#worker = new Worker(SCRIPT, { workerData: module });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', error => this.#end(errorText(error)));
    this.#worker.on('exit', code => this.#end(`the handler ended its thread, with exit code ${code}`));
    this.#worker.unref();
  }

  /** Whether another is needed: a file has changed, or the thread has ended. */
  get isOld(): boolean {
    return this.#hasEnded || [...this.#files].some(([path, stamp]) => stampOf(path) !== stamp);
  }

  /** For how long it has had no call, in milliseconds. */
  get idleMs(): number {
    return this.#calls.size > 0 ? 0 : performance.now() - this.#idleSince;
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
    this.#answerAll({ outcome: 'refused', error: 'the server was stopped' });
    await this.#worker.terminate();
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'file':
        this.#files.set(message.path, message.stamp);
        return;
      case 'ready':
        for (const each of this.#early ?? []) this.#worker.postMessage(each);
        this.#early = undefined;
        return;
      case 'refused':
        this.#refusal = message.error;
        this.#answerAll({ outcome: 'refused', error: message.error });
        // what it lacks may be there when it is loaded again
        this.#hasEnded = true;
        void this.#worker.terminate();
        return;
      case 'done':
        this.#answer(message.id, { outcome: 'done', response: message.response });
        return;
      case 'failed':
        this.#answer(message.id, { outcome: 'failed', error: message.error });
        return;
    }
  }

  /** The thread may be in an endless loop: it is ended, and the calls beside this one are no worse than not made. */
  #timeOut(id: string, timeoutMs: number): void {
    const error = `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
    this.#answer(id, { outcome: 'failed', error });
    this.#hasEnded = true;
    this.#answerAll({ outcome: 'refused', error: 'another call of the handler timed out, and its thread was ended' });
    void this.#worker.terminate();
  }

  /** A thread that ends before it is ready has run nothing. */
  #end(error: string): void {
    this.#hasEnded = true;
    this.#answerAll({ outcome: this.#early ? 'refused' : 'failed', error });
  }

  #answerAll(answer: TargetAnswer): void {
    for (const id of [...this.#calls.keys()]) this.#answer(id, answer);
  }

  #answer(id: string, answer: TargetAnswer): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    clearTimeout(call.timer);
    this.#idleSince = performance.now();
    call.answer(answer);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#isRetired && this.#calls.size === 0) void this.#worker.terminate();
  }
}
