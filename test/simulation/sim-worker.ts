/**
 * One simulated worker: the product's own code over ports whose every call the schedule decides.
 *
 * A worker has its own clocks, which are skewed and which a freeze may stop; it can be frozen between any two calls, and
 * killed: then none of its promises ever settles.
 */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import type { LogDeps, LogSettings } from '../../lib/log/deps.ts';
import { createLogServices, type LogServices } from '../../lib/log/log-services.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { ItemTable } from '../../lib/ports/item-table.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import type { TailSignal } from '../../lib/ports/tail-signal.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { drawFault, drawLongDelay, type FaultCounts, type FaultRates } from './faults.ts';
import type { Schedule } from './schedule.ts';

/** What all workers of a run share. */
export interface SimWorld {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly log: ItemTable;
  readonly cluster: ItemTable;
  readonly objects: ObjectStore;
  readonly rates: FaultRates;
  readonly counts: FaultCounts;
  readonly settings: LogSettings;
  /** True time at which the run began, in milliseconds since the epoch. */
  readonly epoch: number;
  /** Greatest difference of a worker's wall clock from the true time, in milliseconds. */
  readonly skewMs: number;
  /** Told of every call, for the trace of the run. */
  readonly trace: (line: string) => void;
}

/** A store call is given up after so long. */
const CALL_TIMEOUT_MS = 2_000;

export class SimWorker {
  readonly name: string;
  readonly services: LogServices;
  readonly #world: SimWorld;
  readonly #skewMs: number;
  #isAlive = true;
  #frozenUntil = 0;
  /** What the freezes so far took from each clock. */
  #lostWallMs = 0;
  #lostMonotonicMs = 0;

  constructor(world: SimWorld, name: string) {
    this.#world = world;
    this.name = name;
    this.#skewMs = (world.random.float() * 2 - 1) * world.skewMs;
    this.services = createLogServices(this.#deps());
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isFrozen(): boolean {
    return this.#world.schedule.now < this.#frozenUntil;
  }

  kill(): void {
    this.#isAlive = false;
  }

  #deps(): LogDeps {
    const { log, cluster, objects, random, settings } = this.#world;
    return {
      log: this.#table('log', log),
      cluster: this.#table('cluster', cluster),
      objects: this.#objectStore(objects),
      clock: this.#clock(),
      random: { float: () => random.float(), id: () => random.id() },
      tailSignal: this.#tailSignal(),
      settings,
    };
  }

  #clock(): Clock {
    const { schedule, epoch } = this.#world;
    return {
      now: () => Math.floor(epoch + schedule.now + this.#skewMs - this.#lostWallMs),
      monotonic: () => schedule.now - this.#lostMonotonicMs,
      sleep: ms => new Promise(resolve => this.#later(ms, resolve)),
    };
  }

  /** Readers look by themselves: a wake-up is only ever a hint. */
  #tailSignal(): TailSignal {
    return {
      isClosed: false,
      mark: () => 0,
      notify: () => undefined,
      wait: (_keys, _mark, ms) => new Promise(resolve => this.#later(ms, resolve)),
    };
  }

  #table(name: string, table: ItemTable): ItemTable {
    return {
      get: key => this.#call(`${name}.get ${key.pk} ${key.sk}`, false, () => table.get(key)),
      create: item => this.#call(`${name}.create ${item.pk} ${item.sk}`, true, () => table.create(item)),
      replace: (item, version) =>
        this.#call(`${name}.replace ${item.pk} ${item.sk} ${version}`, true, () => table.replace(item, version)),
      delete: (key, version) =>
        this.#call(`${name}.delete ${key.pk} ${key.sk} ${version}`, true, () => table.delete(key, version)),
      query: (range, options) =>
        this.#call(`${name}.query ${range.pk} ${range.from}`, false, () => table.query(range, options)),
    };
  }

  #objectStore(objects: ObjectStore): ObjectStore {
    return {
      put: (key, bytes) => this.#call(`put ${key}`, true, () => objects.put(key, bytes)),
      get: (key, range) => this.#call(`get ${key}`, false, () => objects.get(key, range)),
      delete: keys => this.#call(`delete ${keys.join(' ')}`, true, () => objects.delete(keys)),
      list: prefix => objects.list(prefix),
    };
  }

  #call<T>(call: string, isWrite: boolean, apply: () => Promise<T>): Promise<T> {
    const { random, rates, counts, trace } = this.#world;
    const fault = drawFault(random, rates);
    if (fault) counts[fault]++;
    trace(`${this.name} ${call} ${fault ?? 'ok'}`);
    const latency = () => 1 + random.float() * 14;
    return new Promise((resolve, reject) => {
      const answer = (value: Promise<T>) =>
        void value.then(result => this.#later(latency(), () => resolve(result)), reject);
      const lost = new MillraceError(isWrite ? 'OUTCOME_UNKNOWN' : 'STORE_UNAVAILABLE', 'the reply was lost');
      const giveUp = () => this.#later(CALL_TIMEOUT_MS, () => reject(lost));
      const send = (run: () => void, ms = latency()) => this.#world.schedule.after(ms, run);
      switch (fault) {
        case 'reply-lost':
          giveUp();
          return send(() => void apply());
        case 'request-lost':
          return giveUp();
        case 'applied-late':
          giveUp();
          return send(() => void apply(), isWrite ? drawLongDelay(random) : latency());
        case 'throttled':
          return this.#later(latency(), () => reject(new MillraceError('THROTTLED', 'refused')));
        case 'slow':
          return send(() => answer(apply()), random.float() * CALL_TIMEOUT_MS);
        case 'killed-before':
          return this.kill();
        case 'killed-after':
          return send(() => {
            void apply();
            this.kill();
          });
        case 'frozen-before':
          this.#freeze();
          return this.#later(latency(), () => answer(apply()));
        case 'frozen-after':
          return send(() => {
            answer(apply());
            this.#freeze();
          });
        default:
          return send(() => answer(apply()));
      }
    });
  }

  /** Stops the worker; one of its clocks may stand still meanwhile. */
  #freeze(): void {
    const { schedule, random } = this.#world;
    const ms = drawLongDelay(random);
    this.#frozenUntil = Math.max(this.#frozenUntil, schedule.now + ms);
    const stopped = random.below(3);
    if (stopped === 1) this.#lostMonotonicMs += ms;
    if (stopped === 2) this.#lostWallMs += ms;
  }

  /** Runs in this worker once the time has come and it is not frozen; never, once it is dead. */
  #later(ms: number, run: () => void): void {
    const { schedule } = this.#world;
    schedule.after(ms, () => {
      if (!this.#isAlive) return;
      if (schedule.now < this.#frozenUntil) this.#later(this.#frozenUntil - schedule.now, run);
      else run();
    });
  }
}
