/** A worker of which is counted what it asks of the stores, table by table, and the CPU that it takes over it. */
import { LocalTailSignal } from '../../lib/adapters/system/local-tail-signal.ts';
import { SystemRandom } from '../../lib/adapters/system/system-random.ts';
import { createGroupServices, type GroupServices } from '../../lib/groups/services.ts';
import type { LogSettings } from '../../lib/log/deps.ts';
import { createLogServices } from '../../lib/log/log-services.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { noRollStarter } from '../../lib/ports/roll-starter.ts';
import { Meter, type Usage } from './meter.ts';
import type { Stores } from './stores.ts';

export interface Asked {
  readonly cluster: Usage;
  /** Of the log table and the bucket. */
  readonly log: Usage;
  readonly cpuMs: number;
}

export interface MeteredWorkerOptions {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly settings: LogSettings;
}

export class MeteredWorker {
  readonly services: GroupServices;
  readonly #cluster = new Meter();
  readonly #log = new Meter();
  #cpuMs = 0;

  constructor({ stores, clock, settings }: MeteredWorkerOptions) {
    this.services = createGroupServices(
      createLogServices({
        log: this.#log.table(stores.log),
        cluster: this.#cluster.table(stores.cluster),
        objects: this.#log.objects(stores.objects),
        clock,
        random: new SystemRandom(),
        tailSignal: new LocalTailSignal(),
        rollStarter: noRollStarter,
        settings,
      }),
    );
  }

  /** Calls of both tables and the bucket, since it was made. */
  get calls(): number {
    return this.#cluster.requests + this.#log.requests;
  }

  /** Does something whose CPU counts. */
  async work<T>(task: () => Promise<T>): Promise<T> {
    const before = process.cpuUsage();
    try {
      return await task();
    } finally {
      const { user, system } = process.cpuUsage(before);
      this.#cpuMs += (user + system) / 1e3;
    }
  }

  /** Does something in the midst of such work that is another's. */
  async aside<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#cpuMs;
    const result = await this.work(task);
    this.#cpuMs = 2 * before - this.#cpuMs;
    return result;
  }

  /** What it asked, and took, since the last time this was asked. */
  take(): Asked {
    const asked = { cluster: this.#cluster.take(), log: this.#log.take(), cpuMs: this.#cpuMs };
    this.#cpuMs = 0;
    return asked;
  }
}
