/**
 * What a group read of a topic, each record once: it may come again where a reader was killed before it committed, and is known by its
 * partition and offset.
 */
import type { StoredActivity } from './activity-record.ts';
import type { PartitionReading } from './audit.ts';

export class GroupReading {
  /** Records that had come before. */
  again = 0;
  readonly #partitions: readonly Map<number, StoredActivity>[];
  #ends: readonly number[] | undefined;
  readonly #complete = Promise.withResolvers<void>();

  constructor(partitions: number) {
    this.#partitions = Array.from({ length: partitions }, () => new Map());
  }

  /** @returns those that had not come before */
  add(partition: number, records: readonly StoredActivity[]): readonly StoredActivity[] {
    const seen = this.#partitions[partition];
    if (!seen) throw new Error(`there is no partition ${partition}`);
    const fresh = records.filter(({ offset }) => !seen.has(offset));
    for (const record of fresh) seen.set(record.offset, record);
    this.again += records.length - fresh.length;
    this.#endIfComplete();
    return fresh;
  }

  /** Resolves when all below these offsets has come, one for each partition. */
  async endAt(ends: readonly number[]): Promise<void> {
    this.#ends = ends;
    this.#endIfComplete();
    await this.#complete.promise;
  }

  /** In the order of offsets, by partition. */
  get readings(): readonly PartitionReading[] {
    return this.#partitions.map(seen => ({ from: 0, records: [...seen.values()].sort((a, b) => a.offset - b.offset) }));
  }

  #endIfComplete(): void {
    if (this.#ends?.every((end, partition) => this.#partitions[partition]?.size === end)) this.#complete.resolve();
  }
}
