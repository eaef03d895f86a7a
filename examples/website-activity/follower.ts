/** Reads one partition from an offset to an end that may be told later, and keeps what it read. */
import type { TopicPartition } from '../../lib/client/api-shapes.ts';
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { PartitionReader } from '../../lib/client/partition-reader.ts';
import { checkActivity, type StoredActivity } from './activity-record.ts';
import type { PartitionReading } from './audit.ts';

export interface FollowerOptions extends TopicPartition {
  readonly from: number;
  readonly onRecords?: (records: readonly StoredActivity[]) => void;
}

export class Follower implements PartitionReading {
  readonly from: number;
  readonly records: StoredActivity[] = [];
  readonly #client: MillraceClient;
  readonly #at: TopicPartition;
  readonly #reader: PartitionReader;
  readonly #onRecords: (records: readonly StoredActivity[]) => void;
  #end = Number.POSITIVE_INFINITY;

  constructor(client: MillraceClient, { from, onRecords = () => {}, ...at }: FollowerOptions) {
    this.from = from;
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
      const records = page.records.map(checkActivity);
      this.records.push(...records);
      this.#onRecords(records);
      if (this.#isAtEnd()) return;
    }
  }

  #isAtEnd(): boolean {
    return this.#reader.position >= this.#end;
  }
}
