/**
 * Follows a partition from an offset: pages of records as they come, waiting at the end for more, until it is closed.
 *
 * It keeps its place by the server's next offset, so that it crosses the gaps of a compacted topic.
 */
import type { Page, TopicPartition } from './api-shapes.ts';
import type { MillraceClient } from './millrace-client.ts';

/** How long one poll waits at the end of the partition. */
const DEFAULT_MAX_WAIT_MS = 10_000;

export interface PartitionReaderOptions extends TopicPartition {
  /** The first offset to read. */
  readonly offset: number;
  readonly maxWaitMs?: number;
  /** Of one page; a record that is larger comes alone. */
  readonly maxBytes?: number;
}

/**
 * @example
 * const reader = new PartitionReader(client, { topic: 'click', partition: 0, offset: 0 });
 * for await (const { records } of reader) for (const record of records) console.log(record.offset, record.value);
 */
export class PartitionReader implements AsyncIterable<Page> {
  readonly #client: MillraceClient;
  readonly #options: PartitionReaderOptions;
  readonly #closed = new AbortController();
  #position: number;

  constructor(client: MillraceClient, options: PartitionReaderOptions) {
    this.#client = client;
    this.#options = options;
    this.#position = options.offset;
  }

  /** The offset after the last page given. */
  get position(): number {
    return this.#position;
  }

  /** Ends the iteration, also while it waits. */
  close(): void {
    this.#closed.abort();
  }

  /** Gives the pages that have records, or that move the position. @throws RequestError */
  async *[Symbol.asyncIterator](): AsyncGenerator<Page, void, undefined> {
    while (!this.#closed.signal.aborted) {
      const page = await this.#poll();
      if (page === undefined) return;
      if (page.nextOffset === this.#position) continue;
      this.#position = page.nextOffset;
      yield page;
    }
  }

  /** The next page, or nothing where the reader was closed meanwhile. */
  async #poll(): Promise<Page | undefined> {
    const { signal } = this.#closed;
    const { maxWaitMs = DEFAULT_MAX_WAIT_MS } = this.#options;
    try {
      return await this.#client.read({ ...this.#options, maxWaitMs, offset: this.#position, signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }
}
