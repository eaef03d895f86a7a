/**
 * The workers seen lately: Kafka's brokers. Any of them serves any partition.
 */
import { ageMs, type Moment, momentNow } from '../log/belief.ts';
import { firstSortKey, lastSortKey, workerAttributes, workerFromItem, workerKey, workersPk } from '../log/catalogue.ts';
import type { WorkerCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';

/** A working worker says so every so often, and is listed for so long after. */
const SEEN_EVERY_MS = 5 * 60_000;
const SEEN_FOR_MS = 15 * 60_000;

export interface WorkerAddress {
  readonly host: string;
  readonly port: number;
}

/** This process as a worker. */
export class Worker {
  readonly brokerId: number;
  readonly address: WorkerAddress;
  readonly #services: LogServices;
  #seen: Moment | undefined;

  constructor(services: LogServices, address: WorkerAddress) {
    this.#services = services;
    this.address = address;
    this.brokerId = 1 + Math.floor(services.random.float() * 0x7fff_fffe);
  }

  /** Says that this worker lives, if it did not lately. A failure is no harm: the next request says it again. */
  async beSeen(): Promise<void> {
    const { clock, random, cluster } = this.#services;
    if (this.#seen && ageMs(clock, this.#seen) < SEEN_EVERY_MS) return;
    this.#seen = momentNow(clock);
    const { brokerId, address } = this;
    const seenAt = clock.now();
    const item = {
      ...workerKey(brokerId),
      writeId: random.id(),
      attributes: workerAttributes({ brokerId, ...address, seenAt }),
      expiresAt: seenAt + SEEN_FOR_MS,
    };
    try {
      const created = await cluster.create(item);
      if (created.outcome === 'exists') await cluster.replace(item, created.item.version);
    } catch {
      this.#seen = undefined;
    }
  }

  /** The workers seen lately, this one among them. */
  async list(): Promise<readonly WorkerCell[]> {
    const { cluster, clock } = this.#services;
    const page = await cluster.query({ pk: workersPk, from: firstSortKey, to: lastSortKey });
    const others = page.items
      .map(workerFromItem)
      .filter(worker => worker.seenAt > clock.now() - SEEN_FOR_MS && worker.brokerId !== this.brokerId);
    const self = { brokerId: this.brokerId, ...this.address, seenAt: clock.now() };
    return [...others, self].sort((a, b) => a.brokerId - b.brokerId);
  }
}
