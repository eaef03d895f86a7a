/** The workers of a run as its clients see them: any may answer, late or never. A dead one is replaced, a frozen one joined by another until it thaws. */
import { errorTable, MillraceError } from '../../lib/protocol/errors.ts';
import type { OperationOutcome } from '../history/history.ts';
import { type SimServices, SimWorker } from './sim-worker.ts';
import { SECOND } from './time.ts';
import type { World } from './world.ts';

/** A client waits so long for an answer. */
const CLIENT_TIMEOUT_MS = 30 * SECOND;

/** Workers that are kept, frozen ones among them. */
const MOST_WORKERS = 12;

export type Request<R> = (services: SimServices, worker: SimWorker) => Promise<R>;

interface AskOptions {
  /** Whose answer it is to be; anyone's, where it is left out. */
  readonly worker?: SimWorker | undefined;
  /** Whether the client stands still as long as the worker does. */
  readonly freezesToo: boolean;
}

export class WorkerPool {
  readonly #world: World;
  readonly #workers: SimWorker[];
  #made = 0;

  constructor(world: World, size: number) {
    this.#world = world;
    this.#workers = Array.from({ length: size }, () => this.make());
  }

  /** All that may yet answer. */
  get workers(): readonly SimWorker[] {
    return this.#workers;
  }

  /** Those that can answer now. */
  get serving(): readonly SimWorker[] {
    return this.#workers.filter(({ isAlive, isFrozen }) => isAlive && !isFrozen);
  }

  make(): SimWorker {
    return new SimWorker(this.#world, this.#made++);
  }

  /** Sends a request to some worker and waits for its answer as a client does. */
  ask<R>(request: Request<R>, { worker = this.#draw(), freezesToo }: AskOptions): Promise<OperationOutcome<R>> {
    const { schedule } = this.#world;
    return new Promise((resolve, reject) => {
      const answered = (outcome: OperationOutcome<R>) => schedule.after(1, () => resolve(outcome));
      request(worker.services, worker).then(
        result => answered({ outcome: 'ok', result }),
        error => (error instanceof MillraceError ? answered(failure(error)) : reject(error)),
      );
      this.#afterTimeout(freezesToo ? worker : undefined, () =>
        resolve({ outcome: 'unknown', error: 'no answer in time' }),
      );
    });
  }

  #afterTimeout(worker: SimWorker | undefined, giveUp: () => void): void {
    this.#world.schedule.after(CLIENT_TIMEOUT_MS, () => {
      if (worker?.isFrozen) worker.whenThawed(() => this.#afterTimeout(worker, giveUp));
      else giveUp();
    });
  }

  /** A worker that can answer; frozen ones stay, and serve again with all that they believe. */
  #draw(): SimWorker {
    const index = this.#world.random.below(this.#workers.length);
    const worker = this.#workers[index] as SimWorker;
    if (worker.isAlive && !worker.isFrozen) return worker;
    const fresh = this.make();
    if (worker.isAlive && this.#workers.length < MOST_WORKERS) this.#workers.push(fresh);
    else this.#workers[index] = fresh;
    return fresh;
  }
}

const failure = ({ code, outcome, message }: MillraceError) =>
  outcome === 'unknown'
    ? { outcome: 'unknown' as const, error: message }
    : { outcome: 'failed' as const, code: errorTable[code].kafkaName, error: message };
