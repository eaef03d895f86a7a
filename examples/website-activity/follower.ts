/** Reads one partition from an offset to an end that may be told later, and keeps what it read. */
import type { ReadRecord, TopicPartition } from '../../lib/client/api-shapes.ts';
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { PartitionReader } from '../../lib/client/partition-reader.ts';

export interface FollowerOptions<R> extends TopicPartition {
  readonly from: number;
  /** @throws Error where a record is none of the topic's */
  readonly check: (record: ReadRecord) => R;
  readonly onRecords?: (records: readonly R[]) => void;
}

export class Follower<R> {
  readonly from: number;
  readonly records: R[] = [];
  readonly #client: MillraceClient;
  readonly #at: TopicPartition;
  readonly #reader: PartitionReader;
  readonly #check: (record: ReadRecord) => R;
  readonly #onRecords: (records: readonly R[]) => void;
  #end = Number.POSITIVE_INFINITY;

  constructor(client: MillraceClient, { from, check, onRecords = () => {}, ...at }: FollowerOptions<R>) {
    this.from = from;
    this.#check = check;
    this.#client = client;
    this.#at = at;
    this.#reader = new PartitionReader(client, { ...at, offset: from });
    this.#onRecords = onRecords;
  }

  /** Reading ends where the partition ends now. */
  async endAtLatest(): Promise<void> {
    this.#end = await this.#client.listOffset(this.#at, { kind: 'latest' });
    if (this.#isAtEnd()) this.#reader.close();
  }

  /** Resolves at the end. */
  async run(): Promise<void> {
    for await (const page of this.#reader) {
      const records = page.records.map(this.#check);
      this.records.push(...records);
      this.#onRecords(records);
      if (this.#isAtEnd()) return;
    }
  }

  #isAtEnd(): boolean {
    return this.#reader.position >= this.#end;
  }
}
