/** A compacted topic on the memory adapters, and what is read of it by key. */
import { KeyViews } from '../../lib/fetch/key-views.ts';
import { type LatestServices, latestRecords } from '../../lib/fetch/latest-records.ts';
import { type SnapshotPlace, snapshotRecords } from '../../lib/fetch/snapshot-records.ts';
import type { Deadline } from '../../lib/log/deadline.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { compactLog } from '../../lib/maintenance/compact-log.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { FAR } from '../support/far-deadline.ts';
import type { KeyedRecord, PlacedRecord } from '../support/keyed-log.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

/** Tombstones stay for a day. */
export const compacted = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' };

export const TOPIC = 't';

export interface WorldOptions {
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
}

export class KeyedWorld {
  readonly stores: TestStores;
  readonly writer: TestWorker;
  #topicId = '';

  constructor() {
    this.stores = memoryStores();
    this.writer = this.stores.worker({ maintenance: { keepsLead: true } });
  }

  static async create({ partitions = 1, config = compacted }: WorldOptions = {}): Promise<KeyedWorld> {
    const world = new KeyedWorld();
    await world.createTopic({ partitions, config });
    return world;
  }

  async createTopic({ partitions = 1, config = compacted }: WorldOptions = {}): Promise<void> {
    const configs = new Map(Object.entries(config));
    this.#topicId = (await createTopic(this.writer.services, { name: TOPIC, partitions, config: configs })).topicId;
  }

  at(partition = 0): TopicPartition {
    return { topicId: this.#topicId, partition };
  }

  /** A worker that remembers nothing yet. */
  reader(maxBytes?: number): KeyedReader {
    const worker = this.stores.worker();
    return new KeyedReader({ ...worker.services, keyViews: new KeyViews(worker.services, maxBytes) }, worker);
  }

  /** Appends the records as one batch. */
  async append(records: readonly KeyedRecord[], partition = 0): Promise<void> {
    const bytesOf = (text: string | null) => (text === null ? null : Buffer.from(text));
    const timestamp = this.stores.clock.now();
    const encoded = records.map(({ key, value }) => ({
      timestamp,
      key: bytesOf(key),
      value: bytesOf(value),
      headers: [],
    }));
    const batch = {
      bytes: encodeBatch({ records: encoded, codec: 'none' }),
      count: records.length,
      maxTimestamp: timestamp,
    };
    await this.writer.services.logs.of(this.at(partition)).append({ batches: [batch], stampAppendTime: false }, FAR);
  }

  async put(key: string, value: string | null, partition = 0): Promise<void> {
    await this.append([{ key, value }], partition);
  }

  /** Rolls all that there is, in segments of so many bytes. */
  async roll(bytes = 1 << 20, partition = 0): Promise<void> {
    const config = { 'segment.bytes': String(bytes) };
    await rollPartition(this.writer.maintenance, this.at(partition), { config, deadline: FAR, isForced: true });
  }

  async compact(partition = 0): Promise<void> {
    const params = { config: compacted, readConfig: async () => compacted, deadline: FAR };
    await compactLog(this.writer.maintenance, this.at(partition), params);
  }
}

const textOf = (part: Uint8Array | null) => part && Buffer.from(part).toString();

interface Snapshot {
  readonly records: readonly PlacedRecord[];
  readonly followOffset: number;
  /** Of the last page. */
  readonly highWatermark: number;
}

export class KeyedReader {
  readonly services: LatestServices;
  readonly worker: TestWorker;

  constructor(services: LatestServices, worker: TestWorker) {
    this.services = services;
    this.worker = worker;
  }

  /** `offset:value` of the newest record of each key; undefined where there is none. */
  async latest(keys: readonly string[], { partition, maxBytes = 1 << 22, deadline = FAR }: LatestOptions = {}) {
    const request = { topic: TOPIC, keys: keys.map(key => Buffer.from(key)), partition, maxBytes };
    const found = await latestRecords(this.services, request, deadline);
    return found.map(({ record }) => (record ? `${record.offset}:${textOf(record.value)}` : undefined));
  }

  async page(place?: SnapshotPlace, { maxBytes = 1 << 20, deadline = FAR, partition = 0 }: LatestOptions = {}) {
    const page = await snapshotRecords(this.services, { topic: TOPIC, partition, place, maxBytes }, deadline);
    const records = page.records.map(({ offset, key, value }) => ({ offset, key: textOf(key), value: textOf(value) }));
    const next = page.place.offset < page.place.endOffset ? page.place : undefined;
    return { records, next, followOffset: page.place.endOffset, highWatermark: page.highWatermark };
  }

  async snapshot(options: LatestOptions = {}): Promise<Snapshot> {
    let page = await this.page(undefined, options);
    const records: PlacedRecord[] = [...page.records];
    while (page.next) {
      page = await this.page(page.next, options);
      records.push(...page.records);
    }
    return { records, followOffset: page.followOffset, highWatermark: page.highWatermark };
  }
}

interface LatestOptions {
  readonly partition?: number;
  readonly maxBytes?: number;
  readonly deadline?: Deadline;
}
