/**
 * Appends to one partition: every record once, in the order given.
 *
 * One batch is under way at a time. Its sequence stays the same from try to try, so that a retry after a lost answer finds
 * what is stored instead of storing it again; the sequence advances only when the batch is known to be stored. After a
 * failure that no retry overcame nobody knows where the sequence stands, so the producer ends: every later append fails
 * with the same error, and none overtakes the lost one.
 */
import { limits } from '../protocol/limits.ts';
import type { JsonRecord, ProducerIdentity, TopicPartition } from './api-shapes.ts';
import type { MillraceClient } from './millrace-client.ts';

/** Sequence numbers are an int32 that wraps to 0. */
const SEQUENCES = limits.sequence + 1;

/** Where a batch was stored. */
export interface AppendedBatch extends TopicPartition {
  readonly baseOffset: number;
  readonly count: number;
}

export class PartitionProducer {
  readonly #client: MillraceClient;
  readonly #at: TopicPartition;
  readonly #identity: ProducerIdentity;
  #sequence = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param identity of a producer that has appended nothing to the partition yet */
  constructor(client: MillraceClient, at: TopicPartition, identity: ProducerIdentity) {
    this.#client = client;
    this.#at = at;
    this.#identity = identity;
  }

  /**
   * Appends records as one batch, after all that were given before; they must fit the topic's `max.message.bytes`.
   *
   * @example
   * const producer = new PartitionProducer(client, { topic: 'click', partition: 0 }, await client.newProducer());
   * const { baseOffset } = await producer.append([{ key: 'alice', value: { page: '/' } }]);
   */
  append(records: readonly JsonRecord[]): Promise<AppendedBatch> {
    const appended = this.#last.then(() => this.#send(records));
    this.#last = appended;
    return appended;
  }

  async #send(records: readonly JsonRecord[]): Promise<AppendedBatch> {
    const producer = { ...this.#identity, sequence: this.#sequence };
    const [first] = await this.#client.produce({ ...this.#at, records, producer });
    if (!first || 'error' in first) throw new Error(`the server stored no part of a batch: ${first?.error}`);
    this.#sequence = (this.#sequence + records.length) % SEQUENCES;
    return { ...this.#at, baseOffset: first.offset, count: records.length };
  }
}
