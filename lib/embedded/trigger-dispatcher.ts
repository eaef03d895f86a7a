/**
 * The dispatcher of the local server: looks at the partitions of all triggers whenever one has grown here, and every second, for
 * another server on the folder may have appended; and runs those that are behind, each for itself. Leases see to it that several
 * servers do not run the same.
 */
import { logKeyOf } from '../log/catalogue.ts';
import { deadlineIn } from '../log/deadline.ts';
import type { RunnerStarter, RunRequest } from '../ports/runner-starter.ts';
import { partitionsBehind, sweepTriggers } from '../triggers/dispatch.ts';
import { runPartition } from '../triggers/run-partition.ts';
import type { RunnerServices } from '../triggers/services.ts';

const LOOK_EVERY_MS = 1_000;

/** Looks do not follow each other sooner, however fast the logs grow. */
const LOOK_APART_MS = 5;

/** What nobody else ends is ended so often. */
const SWEEP_EVERY_MS = 60 * 60_000;

/** A run takes no longer; where there is more, another follows. */
const RUN_MS = 30 * 60_000;

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
  #isStopped = false;
  #stop: () => void = () => {};
  readonly #stopped: Promise<void>;
  #looking: Promise<void> = Promise.resolve();
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor({ services, onFault }: TriggerDispatcherOptions) {
    this.#stopped = new Promise(resolve => {
      this.#stop = resolve;
    });
    this.#services = { ...services, target: this.#stoppable(services.target), starter: this };
    this.#onFault = onFault;
  }

  /** From now on triggers run. */
  begin(): void {
    this.#looking = this.#look();
  }

  async start(run: RunRequest): Promise<void> {
    const key = `${run.triggerId}/${logKeyOf(run)}`;
    if (this.#isStopped) return;
    if (this.#running.has(key)) {
      this.#again.set(key, run);
      return;
    }
    const ended = this.#run(run).finally(() => this.#end(key));
    this.#running.set(key, ended);
  }

  /** Resolves once nothing is under way any more; what a function was doing is done again by whoever comes next. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stop();
    await this.#looking;
    await Promise.all(this.#running.values());
  }

  async #run(run: RunRequest): Promise<void> {
    const { clock } = this.#services;
    try {
      const { end } = await runPartition(this.#services, run, deadlineIn(clock, RUN_MS));
      // what failed to end well is looked at again, but not at once
      if (end === 'fenced') await clock.sleep(LOOK_EVERY_MS);
    } catch (error) {
      this.#onFault(error);
      await Promise.race([clock.sleep(10 * LOOK_EVERY_MS), this.#stopped]);
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
    while (!this.#isStopped) {
      const mark = tailSignal.mark();
      const logKeys = new Set<string>();
      try {
        for (const part of await partitionsBehind(this.#services, logKeys)) await this.start(part);
        await this.#sweepNowAndThen();
      } catch (error) {
        this.#onFault(error);
      }
      await clock.sleep(LOOK_APART_MS);
      await Promise.race([tailSignal.wait(logKeys, mark, LOOK_EVERY_MS), this.#stopped]);
    }
  }

  async #sweepNowAndThen(): Promise<void> {
    const { clock } = this.#services;
    if (clock.monotonic() - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = clock.monotonic();
    const { failures } = await sweepTriggers(this.#services, deadlineIn(clock, SWEEP_EVERY_MS));
    for (const failure of failures) this.#onFault(failure);
  }

  /** A call that is under way when the server stops counts as not made: that is no fault of its records. */
  #stoppable(target: RunnerServices['target']): RunnerServices['target'] {
    const refused = { outcome: 'refused', error: 'the server was stopped' } as const;
    return {
      invoke: async call => {
        if (this.#isStopped) return refused;
        return Promise.race([target.invoke(call), this.#stopped.then(() => refused)]);
      },
    };
  }
}
