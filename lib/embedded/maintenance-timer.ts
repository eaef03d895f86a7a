/**
 * Maintenance of the local server: every so often all that is due, one run after the other. Several servers on one folder each do
 * it; leases and conditional writes see to it that nothing is done twice.
 */
import type { Deadline } from '../log/deadline.ts';
import { type MaintenanceCursor, maintainAll, resignAll } from '../maintenance/maintain.ts';
import { newReport } from '../maintenance/report.ts';
import type { MaintenanceServices } from '../maintenance/services.ts';
import { Seldom } from './seldom.ts';

/** A run takes no longer; the next goes on where it ended. */
const RUN_MS = 60_000;

/** The store is looked through so often for cells that have expired, and for groups that nobody asks for. */
const EXPIRE_EVERY_MS = 60 * 60_000;

/** The same failure is told again after so long. */
const TELL_EVERY_MS = 60 * 60_000;

export interface MaintenanceTimerOptions {
  readonly services: MaintenanceServices;
  /** Deletes the cells that have expired by a time, in milliseconds since the epoch. */
  readonly dropExpired: (now: number, isStopped: () => boolean) => Promise<void>;
  /** Does what is due of groups that nobody asks for; answers with what failed. */
  readonly sweepGroups: (deadline: Deadline) => Promise<readonly Error[]>;
  /** Lists this process among the workers: it leads what it works on. */
  readonly beSeen: () => Promise<void>;
  /** From the end of a run to the start of the next. */
  readonly intervalMs: number;
  readonly onFault: (error: unknown) => void;
}

export class MaintenanceTimer {
  readonly #options: MaintenanceTimerOptions;
  /** Of the run under way; over at once when the timer is stopped. */
  #deadline: { since: Deadline['since']; withinMs: number };
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;
  #expiredAt = Number.NEGATIVE_INFINITY;
  readonly #told: Seldom;

  constructor(options: MaintenanceTimerOptions) {
    this.#options = options;
    this.#told = new Seldom(options.services.clock, TELL_EVERY_MS);
    this.#deadline = this.#newDeadline();
    this.#wait();
  }

  /** Resolves once nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#deadline.withinMs = Number.NEGATIVE_INFINITY;
    clearTimeout(this.#timer);
    await this.#running;
    // others need not wait until its leases end
    await resignAll(this.#options.services).catch(error => this.#tell(error));
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#run().catch(error => this.#tell(error));
      void this.#running.then(() => this.#isStopped || this.#wait());
    }, this.#options.intervalMs);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    const { services, dropExpired, sweepGroups, beSeen } = this.#options;
    await beSeen();
    const report = newReport();
    let from: MaintenanceCursor | undefined;
    do {
      this.#deadline = this.#newDeadline();
      if (this.#isStopped) return;
      from = await maintainAll(services, { deadline: this.#deadline, from, report });
      // what is left of a long compaction has time until everything else has had its turn again
    } while (from && !from.isCompacting);
    for (const failure of report.failures) this.#tell(failure);
    const { clock } = services;
    if (this.#isStopped || clock.monotonic() - this.#expiredAt < EXPIRE_EVERY_MS) return;
    this.#expiredAt = clock.monotonic();
    for (const failure of await sweepGroups(this.#newDeadline())) this.#tell(failure);
    await dropExpired(clock.now(), () => this.#isStopped);
  }

  /** What fails again at every run is told once in a while. */
  #tell(error: unknown): void {
    if (!this.#told.isDue(String(error))) return;
    try {
      this.#options.onFault(error);
    } catch {
      // whoever is told must not end the server
    }
  }

  #newDeadline(): { since: Deadline['since']; withinMs: number } {
    const { clock } = this.#options.services;
    return { since: { wall: clock.now(), monotonic: clock.monotonic() }, withinMs: RUN_MS };
  }
}
