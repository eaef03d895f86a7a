/** A reader of the group, from outside. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { ReaderMessage } from './reader.ts';

const READER = new URL('reader.ts', import.meta.url);

export interface ReaderOptions {
  /** From 1 on. */
  readonly number: number;
  readonly url: string;
  readonly group: string;
  readonly topic: string;
  readonly onMessage: (message: ReaderMessage) => void;
}

export class ReaderProcess {
  readonly number: number;
  isKilled = false;
  readonly #process: ChildProcess;

  constructor({ number, url, group, topic, onMessage }: ReaderOptions) {
    this.number = number;
    this.#process = fork(READER, [url, group, topic], { execArgv: [] });
    this.#process.on('message', onMessage as (message: unknown) => void);
    this.#process.on('exit', code => {
      if (code !== 0 && !this.isKilled) onMessage({ kind: 'failure', message: `reader ${number} ended by itself` });
    });
  }

  /** As a crash does: it tells nobody, and commits nothing. */
  kill(): void {
    this.isKilled = true;
    this.#process.kill('SIGKILL');
  }

  /** Lets it commit and leave the group. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    if (this.#process.connected) this.#process.send('end');
    await ended;
  }
}
