/**
 * One simulated worker: the product's own code over ports whose every call the seed decides.
 *
 * A worker has its own clocks, which are skewed and which a freeze may stop or set; it can be frozen between any two calls,
 * and killed: then none of its promises ever settles.
 */
import { createGroupServices } from '../../lib/groups/services.ts';
import type { LogDeps } from '../../lib/log/deps.ts';
import { createLogServices } from '../../lib/log/log-services.ts';
import type { MaintenanceServices } from '../../lib/maintenance/services.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { ItemTable } from '../../lib/ports/item-table.ts';
import type { ObjectStore, ObjectSummary } from '../../lib/ports/object-store.ts';
import { noRollStarter } from '../../lib/ports/roll-starter.ts';
import type { TailSignal } from '../../lib/ports/tail-signal.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import type { RunnerServices } from '../../lib/triggers/services.ts';
import { drawFault, type FaultKind } from './faults.ts';
import { simMaintenanceSettings } from './maintenance.ts';
import { DAY, MINUTE, SECOND } from './time.ts';
import { trueTime, type World } from './world.ts';

/** A store call is given up after so long. */
const CALL_TIMEOUT_MS = 2 * SECOND;

/** What a call takes at most, there or back. */
const LATENCY_MS = 15;

/** AWS refuses a request whose signature is older than this, so a write that was sent takes effect by then or never. */
const SIGNATURE_MS = 15 * MINUTE;

/** A wall clock that stood still through a freeze, no longer than this, is set right so soon after it. */
const LONGEST_STANDSTILL_MS = 12 * DAY;
const SET_RIGHT_MS = 30 * SECOND;

/** Of triggers, between two tries of what fails. */
const LONGEST_PAUSE_MS = MINUTE;

/** All that a worker does. */
export type SimServices = MaintenanceServices & RunnerServices;

export class SimWorker {
  readonly name: string;
  readonly services: SimServices;
  readonly #world: World;
  #isAlive = true;
  #isFrozen = false;
  /** What is to happen once it thaws. */
  #parked: (() => void)[] = [];
  #waiting: (() => void)[] = [];
  #skewMs: number;
  /** What the freezes so far took from each clock. */
  #lostWallMs = 0;
  #lostMonotonicMs = 0;

  constructor(world: World, number: number) {
    this.#world = world;
    this.name = `w${number}`;
    this.#skewMs = this.#drawSkew();
    const services = createLogServices(this.#deps());
    const { manifests } = services.logs;
    this.services = {
      ...createGroupServices(services),
      ...this.#triggerPorts(),
      manifests,
      brokerId: number,
      maintenance: simMaintenanceSettings,
    };
  }

  /** It dies. */
  kill(): void {
    this.#isAlive = false;
  }

  /** What it is told after a time, unless it is dead by then; later, where it is frozen. */
  later(ms: number, run: () => void): void {
    this.#later(ms, run);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Its wall clock is set right at once. */
  setRight(): void {
    this.#lostWallMs = 0;
  }

  /** Runs once the worker, which is frozen, has thawed; also where it is dead by then. */
  whenThawed(run: () => void): void {
    this.#waiting.push(run);
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
      rollStarter: noRollStarter,
      settings,
    };
  }

  #triggerPorts(): Omit<RunnerServices, keyof ReturnType<typeof createGroupServices>> {
    const host = () => {
      if (this.#world.triggers) return this.#world.triggers;
      throw new Error('the run has no trigger');
    };
    return {
      starter: { start: run => host().start(run) },
      target: { invoke: () => Promise.reject(new Error('only what the host runs invokes anything')) },
      destination: { refusalOf: () => undefined, send: batch => host().send(batch) },
      refusalOfFunction: () => undefined,
      refusalOfDestination: () => undefined,
      bootstrapServers: this.name,
      longestPauseMs: LONGEST_PAUSE_MS,
      onTriggerFailure: () => undefined,
    };
  }

  #clock(): Clock {
    const { schedule } = this.#world;
    return {
      now: () => Math.floor(trueTime(schedule) + this.#skewMs - this.#lostWallMs),
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
      get: key => this.#read(`${name}.get ${key.sk} ${key.pk}`, () => table.get(key)),
      create: item => this.#write(`${name}.create ${item.sk} ${item.pk}`, () => table.create(item)),
      replace: (item, version) =>
        this.#write(`${name}.replace ${item.sk} ${item.pk} ${version}`, () => table.replace(item, version)),
      delete: (key, version) =>
        this.#write(`${name}.delete ${key.sk} ${key.pk} ${version}`, () => table.delete(key, version)),
      query: (range, options) =>
        this.#read(`${name}.query ${range.pk} ${range.from}`, () => table.query(range, options)),
    };
  }

  #objectStore(objects: ObjectStore): ObjectStore {
    return {
      put: (key, bytes) => this.#write(`put ${key}`, () => objects.put(key, bytes)),
      get: (key, range) => this.#read(`get ${key}`, () => objects.get(key, range)),
      delete: keys => this.#write(`delete ${keys.join(' ')}`, () => objects.delete(keys)),
      list: prefix => this.#list(prefix),
    };
  }

  async *#list(prefix: string): AsyncGenerator<ObjectSummary> {
    const { objects } = this.#world;
    const found = await this.#read(`list ${prefix}`, async () => {
      const listed: ObjectSummary[] = [];
      for await (const object of objects.list(prefix)) listed.push(object);
      return listed;
    });
    yield* found;
  }

  #read<T>(call: string, apply: () => Promise<T>): Promise<T> {
    const fault = this.#drawFault(call);
    // a read that arrives late is a read whose reply is lost
    return this.#call(fault === 'applied-late' ? 'reply-lost' : fault, apply, 'STORE_UNAVAILABLE');
  }

  #write<T>(call: string, apply: () => Promise<T>): Promise<T> {
    return this.#call(this.#drawFault(call), apply, 'OUTCOME_UNKNOWN');
  }

  #drawFault(call: string): FaultKind | undefined {
    const { random, scenario, isCalm, faults, trace } = this.#world;
    const fault = isCalm ? undefined : drawFault(random, scenario, call);
    if (fault) faults[fault]++;
    trace(`${this.name} ${call} ${fault ?? 'ok'}`);
    return fault;
  }

  #call<T>(
    fault: FaultKind | undefined,
    apply: () => Promise<T>,
    whenLost: 'STORE_UNAVAILABLE' | 'OUTCOME_UNKNOWN',
  ): Promise<T> {
    const { random, schedule } = this.#world;
    const latency = () => 1 + random.float() * (LATENCY_MS - 1);
    return new Promise((resolve, reject) => {
      const answer = () => void apply().then(result => this.#later(latency(), () => resolve(result)), reject);
      const giveUp = () => {
        this.#later(CALL_TIMEOUT_MS, () => reject(new MillraceError(whenLost, 'the reply was lost')));
      };
      switch (fault) {
        case undefined:
          return schedule.after(latency(), answer);
        case 'reply-lost':
          giveUp();
          return schedule.after(latency(), () => void apply());
        case 'request-lost':
          return giveUp();
        case 'applied-late':
          giveUp();
          return schedule.after(random.float() ** 2 * SIGNATURE_MS, () => void apply());
        case 'throttled':
          return this.#later(latency(), () => reject(new MillraceError('THROTTLED', 'refused')));
        case 'slow':
          return schedule.after(random.float() * CALL_TIMEOUT_MS, answer);
        case 'killed-before':
          this.#isAlive = false;
          return;
        case 'killed-after':
          return schedule.after(latency(), () => {
            void apply();
            if (!this.#world.isCalm) this.#isAlive = false;
          });
        case 'frozen-before':
          this.#freeze();
          return this.#later(latency(), answer);
        case 'frozen-after':
          return schedule.after(latency(), () => {
            answer();
            this.#freeze();
          });
      }
    });
  }

  /** Stops the worker. One of its clocks may stand still meanwhile, and its wall clock may be another's afterwards. */
  #freeze(): void {
    if (this.#isFrozen || this.#world.isCalm) return;
    this.#isFrozen = true;
    const { schedule, random, scenario, nights } = this.#world;
    const since = schedule.now;
    const stopped = random.below(3);
    const thaw = () => {
      this.#isFrozen = false;
      if (stopped === 1) this.#lostMonotonicMs += schedule.now - since;
      if (stopped === 2) this.#setBackWall(schedule.now - since);
      if (random.float() < 0.2) this.#skewMs = this.#drawSkew();
      for (const run of this.#parked.splice(0)) this.#later(0, run);
      for (const run of this.#waiting.splice(0)) run();
    };
    if (scenario.nights.length > 0 && random.float() < 0.6) nights.atMorning(thaw);
    else schedule.after((scenario.freezes[random.below(scenario.freezes.length)] ?? 0) * (0.5 + random.float()), thaw);
  }

  /** The wall clock stood still, until it is set right. */
  #setBackWall(ms: number): void {
    const { schedule, random, scenario } = this.#world;
    if (!scenario.wallStands || ms > LONGEST_STANDSTILL_MS || this.#world.isCalm) return;
    this.#lostWallMs += ms;
    schedule.after(random.float() * SET_RIGHT_MS, () => {
      this.#lostWallMs = Math.max(0, this.#lostWallMs - ms);
    });
  }

  /** Runs in this worker once the time has come and it is not frozen; never, once it is dead. */
  #later(ms: number, run: () => void): void {
    this.#world.schedule.after(ms, () => {
      if (!this.#isAlive) return;
      if (this.#isFrozen) this.#parked.push(run);
      else run();
    });
  }

  #drawSkew(): number {
    return (this.#world.random.float() * 2 - 1) * this.#world.scenario.skewMs;
  }
}
