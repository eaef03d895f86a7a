/**
 * Sends keyed records to a topic: a key's partition is the one that every Kafka client chooses, and each partition gets
 * its records once, in order, in batches.
 */
import { partitionForKey } from '../record/partitioner.ts';
import type { JsonRecord } from './api-shapes.ts';
import type { MillraceClient } from './millrace-client.ts';
import { type AppendedBatch, PartitionProducer } from './partition-producer.ts';

const DEFAULT_RECORDS_PER_BATCH = 100;

export interface TopicProducerOptions {
  readonly topic: string;
  readonly recordsPerBatch?: number;
  /** Called when a batch is stored. */
  readonly onAppended?: (batch: AppendedBatch) => void;
}

/** What goes to one partition: a batch being filled, and the one handed over last. */
interface Lane {
  readonly producer: PartitionProducer;
  filling: JsonRecord[];
  underWay: Promise<void>;
}

/**
 * @example
 * const producer = await TopicProducer.open(client, { topic: 'click' });
 * await producer.send({ key: 'alice', value: { page: '/' } });
 * await producer.flush();
 */
export class TopicProducer {
  readonly #lanes: readonly Lane[];
  readonly #recordsPerBatch: number;
  readonly #onAppended: (batch: AppendedBatch) => void;

  private constructor(lanes: readonly Lane[], options: TopicProducerOptions) {
    this.#lanes = lanes;
    this.#recordsPerBatch = options.recordsPerBatch ?? DEFAULT_RECORDS_PER_BATCH;
    this.#onAppended = options.onAppended ?? (() => {});
  }

  static async open(client: MillraceClient, options: TopicProducerOptions): Promise<TopicProducer> {
    const { topic } = options;
    const [partitions, identity] = await Promise.all([client.partitionCount(topic), client.newProducer()]);
    const lanes = Array.from({ length: partitions }, (_, partition) => ({
      producer: new PartitionProducer(client, { topic, partition }, identity),
      filling: [],
      underWay: Promise.resolve(),
    }));
    return new TopicProducer(lanes, options);
  }

  /**
   * Takes a record. Resolves at once while there is room, and otherwise when a batch of its partition is stored; that it is
   * stored itself only `flush` says.
   *
   * @throws RequestError of an earlier batch of the same partition
   */
  async send(record: JsonRecord & { readonly key: string }): Promise<void> {
    const lane = this.#laneOf(record.key);
    lane.filling.push(record);
    if (lane.filling.length < this.#recordsPerBatch) return;
    const previous = lane.underWay;
    this.#handOver(lane);
    await previous;
  }

  /** Resolves when every record taken is stored. @throws RequestError where one may not be */
  async flush(): Promise<void> {
    for (const lane of this.#lanes) if (lane.filling.length > 0) this.#handOver(lane);
    await Promise.all(this.#lanes.map(lane => lane.underWay));
  }

  #laneOf(key: string): Lane {
    // the bytes stored, which are hashed, are the key's JSON text
    const bytes = new TextEncoder().encode(JSON.stringify(key));
    return this.#lanes[partitionForKey(bytes, this.#lanes.length)] as Lane;
  }

  #handOver(lane: Lane): void {
    lane.underWay = lane.producer.append(lane.filling).then(this.#onAppended);
    lane.filling = [];
    // told by the next send or flush, which wait for it
    lane.underWay.catch(() => {});
  }
}
