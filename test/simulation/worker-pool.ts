/** The workers of a run as its clients see them: any may answer, late or never. A dead one is replaced, a frozen one joined by another until it thaws. */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import type { OperationOutcome } from '../history/history.ts';
import { SimWorker, type SimWorld } from './sim-worker.ts';

/** A client waits so long for an answer. */
const CLIENT_TIMEOUT_MS = 30_000;

/** Workers that are kept, frozen ones among them. */
const MOST_WORKERS = 12;

/** How long clients pause, and how often: mostly moments, at times long enough for every belief or cell to expire. */
const PAUSES = [
  { upTo: 0.9, ms: 50 },
  { upTo: 0.97, ms: 20_000 },
  { upTo: 0.997, ms: 2_000_000 },
  { upTo: 1, ms: 10 * 86_400_000 },
];

export class WorkerPool {
  readonly #world: SimWorld;
  readonly #workers: SimWorker[];
  #made = 0;

  constructor(world: SimWorld, size: number) {
    this.#world = world;
    this.#workers = Array.from({ length: size }, () => this.#make());
  }

  get now(): number {
    return this.#world.schedule.now;
  }

  /** Between two requests of a client. */
  pause(random: SeededRandom): Promise<void> {
    const draw = random.float();
    const longest = PAUSES.find(({ upTo }) => draw < upTo)?.ms ?? 0;
    return this.#world.schedule.sleep(random.float() * longest);
  }

  /** Sends a request to some worker and waits for its answer as a client does. */
  ask<R>(random: SeededRandom, request: (services: LogServices) => Promise<R>): Promise<OperationOutcome<R>> {
    const worker = this.#draw(random);
    return new Promise((resolve, reject) => {
      const answered = (outcome: OperationOutcome<R>) => this.#world.schedule.after(1, () => resolve(outcome));
      request(worker.services).then(
        result => answered({ outcome: 'ok', result }),
        error => (error instanceof MillraceError ? answered(failure(error)) : reject(error)),
      );
      this.#world.schedule.after(CLIENT_TIMEOUT_MS, () => resolve({ outcome: 'unknown', error: 'no answer in time' }));
    });
  }

  /** A worker that can answer; frozen ones stay, and serve again with all that they believe. */
  #draw(random: SeededRandom): SimWorker {
    const index = random.below(this.#workers.length);
    const worker = this.#workers[index] as SimWorker;
    if (worker.isAlive && !worker.isFrozen) return worker;
    const fresh = this.#make();
    if (worker.isAlive && this.#workers.length < MOST_WORKERS) this.#workers.push(fresh);
    else this.#workers[index] = fresh;
    return fresh;
  }

  #make(): SimWorker {
    return new SimWorker(this.#world, `w${this.#made++}`);
  }
}

const failure = (error: MillraceError) => ({
  outcome: error.outcome === 'unknown' ? ('unknown' as const) : ('failed' as const),
  error: error.message,
});
