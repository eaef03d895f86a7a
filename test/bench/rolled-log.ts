/** A log that grows by appends of raw batches, and is rolled and merged by Millrace's own maintenance. */
import { randomUUID } from 'node:crypto';
import type { Append } from '../../lib/log/append-batch.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { LogSettings } from '../../lib/log/deps.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import { readPartitionState } from '../../lib/log/partition-state.ts';
import type { LogSegment } from '../../lib/log/segment.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { mergeSegments } from '../../lib/maintenance/merge-segments.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import type { MaintenanceServices } from '../../lib/maintenance/services.ts';
import { limits } from '../../lib/protocol/limits.ts';
import type { TopicConfigOverrides } from '../../lib/protocol/topic-config.ts';
import { Meter } from './meter.ts';
import { maintainerOn, type Stores, workerOn } from './stores.ts';
import { batchOf, type Shape } from './workload.ts';

const WITHIN_MS = 600_000;

/** An append has as many batches as it may, and no more bytes than a request. */
const APPEND_BYTES = 1024 * 1024;

export interface RolledLogOptions {
  readonly stores: Stores;
  readonly settings: LogSettings;
  readonly shape: Shape;
  readonly config?: TopicConfigOverrides;
}

export class RolledLog {
  readonly at: TopicPartition = { topicId: randomUUID(), partition: 0 };
  readonly #options: RolledLogOptions;
  readonly #batch: Uint8Array;
  readonly #services: LogServices;
  readonly #maintainer: MaintenanceServices;
  #records = 0;

  constructor(options: RolledLogOptions) {
    this.#options = options;
    this.#batch = batchOf(options.shape);
    this.#services = workerOn(options.stores, new Meter(), options.settings);
    this.#maintainer = maintainerOn(this.#services);
  }

  get records(): number {
    return this.#records;
  }

  get sizeInBytes(): number {
    return (this.#records / this.#options.shape.batchRecords) * this.#batch.byteLength;
  }

  /** Appends until it has so many records. */
  async fill(records: number): Promise<void> {
    const { batchRecords } = this.#options.shape;
    const most = Math.min(limits.batchesPerEntry, Math.max(1, Math.floor(APPEND_BYTES / this.#batch.byteLength)));
    const log = this.#services.logs.of(this.at);
    while (this.#records < records) {
      const count = Math.min(most, Math.ceil((records - this.#records) / batchRecords));
      await log.append(this.#appendOf(count), deadlineIn(this.#services.clock, WITHIN_MS));
      this.#records += count * batchRecords;
    }
  }

  /** Appends until it has so many bytes. */
  fillBytes(bytes: number): Promise<void> {
    return this.fill(Math.ceil(bytes / this.#batch.byteLength) * this.#options.shape.batchRecords);
  }

  /** Rolls all of it; what is long behind is merged in between, as maintenance does. */
  async roll(): Promise<void> {
    while ((await rollPartition(this.#maintainer, this.at, { ...this.#params(), isForced: true })).hasMore) {
      await this.merge();
    }
  }

  /** Merges whatever is due. */
  async merge(): Promise<void> {
    await mergeSegments(this.#maintainer, this.at, this.#params());
  }

  async segments(): Promise<readonly LogSegment[]> {
    const { manifestKey } = await readPartitionState(this.#options.stores.cluster, this.at);
    const { manifests } = this.#maintainer;
    return manifests.segmentsOf(await manifests.read(manifestKey));
  }

  async chapters(): Promise<number> {
    const { manifestKey } = await readPartitionState(this.#options.stores.cluster, this.at);
    return (await this.#maintainer.manifests.read(manifestKey)).chapters.length;
  }

  #params() {
    return { config: this.#options.config ?? {}, deadline: deadlineIn(this.#services.clock, WITHIN_MS) };
  }

  #appendOf(batches: number): Append {
    const batch = { bytes: this.#batch, count: this.#options.shape.batchRecords, maxTimestamp: Date.now() };
    return { batches: Array.from({ length: batches }, () => batch), stampAppendTime: false };
  }
}
