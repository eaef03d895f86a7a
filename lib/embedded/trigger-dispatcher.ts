/**
 * The dispatcher of the local server: looks at the partitions of all triggers whenever one has grown here, and every second, for
 * another server on the folder may have appended; and runs those that are behind, each for itself. Leases see to it that several
 * servers do not run the same.
 */
import { logKeyOf } from '../log/catalogue.ts';
import { type Deadline, deadlineIn } from '../log/deadline.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunnerStarter, RunRequest } from '../ports/runner-starter.ts';
import { partitionsBehind, startDue, sweepTriggers } from '../triggers/dispatch.ts';
import { runPartition } from '../triggers/run-partition.ts';
import type { TriggerFailure } from '../triggers/run-report.ts';
import type { RunnerServices } from '../triggers/services.ts';
import { Seldom } from './seldom.ts';
import { StopSignal } from './stop-signal.ts';

const LOOK_EVERY_MS = 1_000;

/** Looks do not follow each other sooner, however fast the logs grow. */
const LOOK_APART_MS = 5;

/** What nobody else ends is ended so often. */
const SWEEP_EVERY_MS = 60 * 60_000;

/** A run takes no longer; where there is more, another follows. */
const RUN_MS = 30 * 60_000;

/** The same fault is told again after so long, and so is that a function cannot be run. */
const TELL_FAULT_EVERY_MS = 60 * 60_000;
const TELL_REFUSAL_EVERY_MS = 60_000;

export interface TriggerDispatcherOptions {
  /** What runs are given; the starter of runs is the dispatcher itself. */
  readonly services: Omit<RunnerServices, 'starter'>;
  readonly onFault: (error: unknown) => void;
}

export class TriggerDispatcher implements RunnerStarter {
  readonly #services: RunnerServices;
  readonly #onFault: (error: unknown) => void;
  readonly #running = new Map<string, Promise<void>>();
  /** To be started once more: a run that is under way may have had its last look at the end of the log. */
  readonly #again = new Map<string, RunRequest>();
  /** Of the runs under way: their time is over when this stops. */
  readonly #deadlines = new Set<{ since: Deadline['since']; withinMs: number }>();
  readonly #stop = new StopSignal();
  readonly #faults: Seldom;
  readonly #refusals: Seldom;
  #looking: Promise<void> = Promise.resolve();
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor({ services, onFault }: TriggerDispatcherOptions) {
    this.#services = {
      ...services,
      clock: this.#stoppableClock(services.clock),
      target: this.#stoppableTarget(services.target),
      onTriggerFailure: failure => this.#tellFailure(failure, services.onTriggerFailure),
      starter: this,
    };
    this.#onFault = onFault;
    this.#faults = new Seldom(services.clock, TELL_FAULT_EVERY_MS);
    this.#refusals = new Seldom(services.clock, TELL_REFUSAL_EVERY_MS);
  }

  /** From now on triggers run. */
  begin(): void {
    this.#looking = this.#look();
  }

  async start(run: RunRequest): Promise<void> {
    const key = `${run.triggerId}/${logKeyOf(run)}`;
    if (this.#stop.isStopped) return;
    if (this.#running.has(key)) {
      this.#again.set(key, run);
      return;
    }
    const ended = this.#run(run).finally(() => this.#end(key));
    this.#running.set(key, ended);
  }

  /** Resolves once nothing is under way any more; what a function was doing is done again by whoever comes next. */
  async stop(): Promise<void> {
    this.#stop.stop();
    for (const deadline of this.#deadlines) deadline.withinMs = Number.NEGATIVE_INFINITY;
    await this.#looking;
    await Promise.all(this.#running.values());
  }

  async #run(run: RunRequest): Promise<void> {
    const { clock } = this.#services;
    const deadline = { ...deadlineIn(clock, RUN_MS) };
    this.#deadlines.add(deadline);
    try {
      const { end } = await runPartition(this.#services, run, deadline);
      // what failed to end well is looked at again, but not at once
      if (end === 'fenced') await clock.sleep(LOOK_EVERY_MS);
    } catch (error) {
      this.#tellFault(error);
      await clock.sleep(10 * LOOK_EVERY_MS);
    } finally {
      this.#deadlines.delete(deadline);
    }
  }

  #end(key: string): void {
    this.#running.delete(key);
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again) void this.start(again);
  }

  async #look(): Promise<void> {
    const { clock, tailSignal } = this.#services;
    while (!this.#stop.isStopped) {
      const mark = tailSignal.mark();
      const logKeys = new Set<string>();
      try {
        const { behind, failures } = await partitionsBehind(this.#services, logKeys);
        for (const part of behind) await this.start(part);
        for (const failure of failures) this.#tellFault(failure);
        await this.#sweepNowAndThen();
      } catch (error) {
        this.#tellFault(error);
      }
      await clock.sleep(LOOK_APART_MS);
      await this.#stop.race(tailSignal.wait(logKeys, mark, LOOK_EVERY_MS), undefined);
    }
  }

  async #sweepNowAndThen(): Promise<void> {
    const { clock } = this.#services;
    if (clock.monotonic() - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = clock.monotonic();
    const deadline = deadlineIn(clock, SWEEP_EVERY_MS);
    for (const task of [sweepTriggers, startDue]) {
      const { failures } = await task(this.#services, deadline);
      for (const failure of failures) this.#tellFault(failure);
    }
  }

  #tellFault(error: unknown): void {
    const text = error instanceof Error ? `${error} ${String(error.cause)}` : String(error);
    if (!this.#faults.isDue(text)) return;
    try {
      this.#onFault(error);
    } catch {
      // whoever is told must not end the server
    }
  }

  /** A function that cannot be run is tried again and again: that it still cannot is told now and then. */
  #tellFailure(failure: TriggerFailure, tell: RunnerServices['onTriggerFailure']): void {
    if (this.#stop.isStopped) return;
    const isRefusal = failure.failures === 0 && !failure.isGivenUp;
    if (isRefusal && !this.#refusals.isDue(JSON.stringify(failure))) return;
    tell(failure);
  }

  #stoppableClock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: ms => this.#stop.race(clock.sleep(ms), undefined),
    };
  }

  /** A call that is under way when the server stops counts as not made: that is no fault of its records. */
  #stoppableTarget(target: RunnerServices['target']): RunnerServices['target'] {
    const refused = { outcome: 'refused', error: 'the server was stopped' } as const;
    return {
      invoke: async call => (this.#stop.isStopped ? refused : this.#stop.race(target.invoke(call), refused)),
    };
  }
}
