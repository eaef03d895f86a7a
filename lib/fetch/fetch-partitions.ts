/**
 * Fetching from many partitions at once: whole batches from each offset asked for, waiting at the end where there is
 * nothing yet.
 *
 * An error of one partition is that partition's alone. Partitions are read side by side and share the bytes asked for; the
 * first that has anything gives at least one batch, whatever its size, so that a reader always gets on.
 */
import { logKeyOf } from '../log/catalogue.ts';
import type { LogSettings } from '../log/deps.ts';
import type { ReadResult } from '../log/log-reader.ts';
import type { LogServices } from '../log/log-services.ts';
import { type Topic, type TopicDirectory, unknownTopic } from '../log/topic-directory.ts';
import { MillraceError } from '../protocol/errors.ts';

export interface FetchPartition {
  readonly topic: string;
  readonly partition: number;
  /** The offset to read from. */
  readonly offset: number;
  readonly maxBytes: number;
  /** Of the topic that the offset is one of, where the reader knows it: another topic of the same name is not read. */
  readonly topicId?: string | undefined;
}

export interface FetchRequest {
  readonly partitions: readonly FetchPartition[];
  /** Of all partitions together. */
  readonly maxBytes: number;
  /** How long to wait, in milliseconds, until there are `minBytes`. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** Whether the batches are answered as they are, so that the reader checks them. */
  readonly isRaw?: boolean;
  /** Whether nobody waits for the answer any more. */
  readonly isAbandoned?: (() => boolean) | undefined;
}

export type FetchResult = ReadResult | { readonly error: MillraceError };

/** Up to so many partitions are looked at as often as one. */
const FREQUENTLY_POLLED = 10;

/** Partitions read side by side. */
const AT_ONCE = 8;

/** @returns one result per partition asked for, in their order */
export async function fetchPartitions(services: LogServices, request: FetchRequest): Promise<readonly FetchResult[]> {
  const { clock, settings, tailSignal } = services;
  const until = clock.monotonic() + request.maxWaitMs;
  const fetch = new PartitionsFetch(services, request);
  for (let looks = 0; ; looks++) {
    const mark = tailSignal.mark();
    await fetch.readAll();
    const left = until - clock.monotonic();
    const isInVain = tailSignal.isClosed || request.isAbandoned?.() === true;
    if (left <= 0 || isInVain || fetch.isEnough()) return fetch.answer();
    await fetch.waitForMore(mark, Math.min(left, pollMs(settings, request, looks)));
  }
}

/** Longer from look to look, and the longer the more there is to look at. */
function pollMs({ pollFromMs, pollToMs }: LogSettings, { partitions }: FetchRequest, looks: number): number {
  const least = Math.min(pollToMs, pollFromMs * 2 ** looks);
  return least * Math.max(1, partitions.length / FREQUENTLY_POLLED);
}

/** One fetch on its way: what each partition gave so far. */
class PartitionsFetch {
  readonly #services: LogServices;
  readonly #request: FetchRequest;
  readonly #results = new Map<FetchPartition, FetchResult>();
  /** The topics that the results rest on. */
  readonly #topics = new Map<FetchPartition, Topic>();
  readonly #logKeys = new Set<string>();
  #bytes = 0;

  constructor(services: LogServices, request: FetchRequest) {
    this.#services = services;
    this.#request = request;
  }

  /** Reads every partition, a few at a time, while there is room; of the others only how far they reach. */
  async readAll(): Promise<void> {
    this.#bytes = 0;
    const { partitions, maxBytes } = this.#request;
    for (let first = 0; first < partitions.length; first += AT_ONCE) {
      const group = partitions.slice(first, first + AT_ONCE);
      const room = Math.max(0, maxBytes - this.#bytes);
      const read = await Promise.all(group.map(asked => this.#read(asked, room)));
      for (const [index, asked] of group.entries()) this.#take(asked, read[index] as FetchResult);
    }
  }

  /** An error is an answer too, and waits for nothing. */
  isEnough(): boolean {
    const results = [...this.#results.values()];
    const { minBytes, maxBytes } = this.#request;
    return this.#bytes >= Math.min(minBytes, maxBytes) || results.some(result => 'error' in result);
  }

  async waitForMore(mark: number, ms: number): Promise<void> {
    await this.#services.tailSignal.wait(this.#logKeys, mark, ms);
  }

  /** The results, once every topic's name is known to mean the topic that was read. */
  async answer(): Promise<readonly FetchResult[]> {
    const { topics } = this.#services;
    while (true) {
      const old = new Set([...this.#topics.values()].filter(topic => !topics.isYoung(topic)));
      if (old.size === 0) return this.#request.partitions.map(asked => this.#results.get(asked) as FetchResult);
      await this.#confirm(old);
    }
  }

  /** Reads the topics anew; what rests on one that is gone, or that cannot be read, becomes that error. */
  async #confirm(old: ReadonlySet<Topic>): Promise<void> {
    const { topics } = this.#services;
    const names = [...new Set([...old].map(({ name }) => name))];
    const read = await Promise.all(names.map(name => readOrError(topics, name)));
    const byName = new Map(names.map((name, index) => [name, read[index]]));
    for (const [asked, topic] of this.#topics) {
      const now = byName.get(topic.name);
      if (!now || !old.has(topic)) continue;
      if (now instanceof MillraceError || now.topicId !== topic.topicId) {
        this.#topics.delete(asked);
        this.#results.set(asked, { error: now instanceof MillraceError ? now : unknownTopic(topic.name) });
      } else this.#topics.set(asked, now);
    }
  }

  async #read(asked: FetchPartition, room: number): Promise<FetchResult> {
    try {
      const { topics, logs } = this.#services;
      const topic = await topics.resolveWith(asked.topic, asked.partition);
      if (asked.topicId !== undefined && asked.topicId !== topic.topicId) throw unknownTopic(asked.topic);
      this.#topics.set(asked, topic);
      const at = { topicId: topic.topicId, partition: asked.partition };
      this.#logKeys.add(logKeyOf(at));
      const maxBytes = Math.min(asked.maxBytes, room);
      return await logs.of(at).reader.read({ offset: asked.offset, maxBytes, isRaw: this.#request.isRaw });
    } catch (error) {
      if (error instanceof MillraceError) return { error };
      throw error;
    }
  }

  /** Takes what fits; those read at the same time did not know of each other. */
  #take(asked: FetchPartition, result: FetchResult): void {
    const room = this.#bytes === 0 ? Number.POSITIVE_INFINITY : this.#request.maxBytes - this.#bytes;
    const taken = 'error' in result ? result : cut(result, asked.offset, room);
    this.#results.set(asked, taken);
    this.#bytes += bytesOf(taken);
  }
}

async function readOrError(topics: TopicDirectory, name: string): Promise<Topic | MillraceError> {
  try {
    return await topics.read(name);
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
}

/** The leading batches that fit into `room` bytes. */
function cut(result: ReadResult, offset: number, room: number): ReadResult {
  let bytes = 0;
  const batches = result.batches.filter(batch => {
    bytes += batch.bytes.byteLength;
    return bytes <= room;
  });
  if (batches.length === result.batches.length) return result;
  return { ...result, batches, nextOffset: batches.at(-1)?.nextOffset ?? offset };
}

function bytesOf(result: FetchResult | undefined): number {
  if (!result || 'error' in result) return 0;
  return result.batches.reduce((sum, batch) => sum + batch.bytes.byteLength, 0);
}
