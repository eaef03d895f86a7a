/**
 * A client of Millrace's HTTP API: typed requests, sent again where that is safe.
 *
 * Keys and values are JSON. On it stand `TopicProducer` and `PartitionProducer` (each record stored once, and in order),
 * `PartitionReader` (follows a partition) and `GroupConsumer` (shares topics with others).
 */
import { ApiCaller, expectNothing, JSON_RECORDS } from './api-caller.ts';
import type {
  AlterTopicParams,
  CreateTopicParams,
  LatestParams,
  OffsetSpec,
  Page,
  ProducedBody,
  ProduceParams,
  ProduceResult,
  ProducerIdentity,
  ProducerSequence,
  ReadParams,
  ReadRecord,
  Segment,
  SegmentPage,
  SnapshotPage,
  SnapshotParams,
  TopicPartition,
} from './api-shapes.ts';
import { type ApiAnswer, type ApiRequest, bodyOf, isObject } from './exchange.ts';
import { GroupsApi } from './groups-api.ts';
import { keyGroups, keyQuery, latestOf, snapshotPageOf } from './latest-answers.ts';
import { type ClientTiming, systemTiming } from './timing.ts';
import { TriggersApi } from './triggers-api.ts';

/** As `error_code` of one record: it may be stored if it is sent again. */
const RECORD_RETRIABLE = 50003;

/** Outlasts the longest poll that the server allows, 25 s. */
const DEFAULT_TIMEOUT_MS = 40_000;

const DEFAULT_MAX_BYTES = 1_048_576;

/** As many as the server gives at once. */
const SEGMENTS_OF_PAGE = 1_000;

export interface ClientOptions {
  /** Base URL, such as `http://127.0.0.1:8082`. */
  readonly url: string;
  /** Of one try, in milliseconds; longer than any poll. */
  readonly timeoutMs?: number;
  /** Ends every request of the client, also while it waits to try again. */
  readonly signal?: AbortSignal;
  /** For requests that need more than a URL, such as a signature. */
  readonly fetch?: typeof globalThis.fetch;
  readonly timing?: ClientTiming;
}

/** @example const client = new MillraceClient({ url: 'http://127.0.0.1:8082' }); */
export class MillraceClient {
  /** Consumer groups: what they have committed, and how far they are behind. */
  readonly groups: GroupsApi;
  /** Functions that topics invoke. */
  readonly triggers: TriggersApi;
  readonly timing: ClientTiming;
  readonly #api: ApiCaller;

  constructor(options: ClientOptions) {
    const { url, timeoutMs = DEFAULT_TIMEOUT_MS, fetch = globalThis.fetch, timing = systemTiming, signal } = options;
    this.#api = new ApiCaller({ url: url.replace(/\/+$/, ''), timeoutMs, fetch, timing, signal });
    this.groups = new GroupsApi(this.#api);
    this.triggers = new TriggersApi(this.#api);
    this.timing = timing;
  }

  clusterId(): Promise<string> {
    return this.#api.clusterId();
  }

  /**
   * @throws RequestError TOPIC_ALREADY_EXISTS, also where this very request created the topic and its first answer was lost
   */
  async createTopic({ topic, partitions, config = {} }: CreateTopicParams): Promise<void> {
    const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
    const json = { topic_name: topic, partitions_count: partitions, configs };
    await this.#api.call({ method: 'POST', path: await this.#api.clusterPath('/topics'), json }, bodyOf);
  }

  /** Sets these keys of a topic's configuration; the others stay what they are. */
  async alterTopic({ topic, config }: AlterTopicParams): Promise<void> {
    const data = Object.entries(config).map(([name, value]) => ({ name, value }));
    const path = await this.#api.clusterPath(`/topics/${encodeURIComponent(topic)}/configs:alter`);
    await this.#api.call({ method: 'POST', path, json: { data } }, expectNothing);
  }

  /** The part of a partition that is rolled into segments. */
  async listSegments(at: TopicPartition): Promise<readonly Segment[]> {
    const segments: Segment[] = [];
    for (let from: number | undefined = 0; from !== undefined; ) {
      const query = `?from_offset=${from}&page_size=${SEGMENTS_OF_PAGE}`;
      const path = await this.#api.clusterPath(`${partitionPath(at)}/segments${query}`);
      const page: SegmentPage = await this.#api.call({ method: 'GET', path }, answer => bodyOf<SegmentPage>(answer));
      for (const { base_offset, last_offset, size_in_bytes } of page.data) {
        segments.push({ baseOffset: base_offset, lastOffset: last_offset, sizeInBytes: size_in_bytes });
      }
      from = page.metadata.next === null ? undefined : fromOffsetOf(page.metadata.next);
    }
    return segments;
  }

  async partitionCount(topic: string): Promise<number> {
    const path = `/topics/${encodeURIComponent(topic)}/partitions`;
    return this.#api.call({ method: 'GET', path }, answer => bodyOf<readonly unknown[]>(answer).length);
  }

  /** An id that nobody had: its first sequence is 0, in every partition. */
  async newProducer(): Promise<ProducerIdentity> {
    const path = await this.#api.clusterPath('/producers');
    return this.#api.call({ method: 'POST', path, json: {} }, answer => {
      const body = bodyOf<{ readonly producer_id: number; readonly producer_epoch: number }>(answer);
      return { producerId: body.producer_id, producerEpoch: body.producer_epoch };
    });
  }

  /**
   * @returns one result per record, in their order; with a producer, all are stored or an error is thrown
   * @throws RequestError where nothing was stored, or nothing is known (see its `outcome`)
   * @example
   * const records = [{ key: 'alice', value: { page: '/' } }];
   * const [result] = await client.produce({ topic: 'click', partition: 0, records });
   */
  async produce({ records, producer, ...at }: ProduceParams): Promise<readonly ProduceResult[]> {
    const json = producer ? { records, ...producerFields(producer) } : { records };
    const request: ApiRequest = { method: 'POST', path: partitionPath(at), json, type: JSON_RECORDS };
    return this.#api.call(request, produceResults, { repeatable: producer !== undefined });
  }

  /** Waits at the end of the partition; without a new record by then, gives a page that has none. */
  async read({ offset, maxWaitMs = 0, maxBytes = DEFAULT_MAX_BYTES, signal, ...at }: ReadParams): Promise<Page> {
    const path = `${partitionPath(at)}/records?offset=${offset}&timeout=${maxWaitMs}&max_bytes=${maxBytes}`;
    return this.#api.call({ method: 'GET', path, accept: JSON_RECORDS, signal }, page);
  }

  /**
   * The newest record of each key of a compacted topic, in their order; of a deleted key its tombstone, as long as there is one.
   *
   * @throws RequestError; one whose record is not JSON too
   * @example const [alice] = await client.latest({ topic: 'profile', keys: ['alice'] });
   */
  async latest({ topic, keys, partition }: LatestParams): Promise<readonly (ReadRecord | undefined)[]> {
    const path = await this.#api.clusterPath(`/topics/${encodeURIComponent(topic)}/latest`);
    const records: (ReadRecord | undefined)[] = [];
    for (const group of keyGroups(keys)) {
      for (let left = group; left.length > 0; ) {
        const request: ApiRequest = { method: 'GET', path: path + keyQuery(left, partition), accept: JSON_RECORDS };
        const answered = await this.#api.call(request, latestOf);
        records.push(...answered);
        left = left.slice(answered.length);
      }
    }
    return records;
  }

  /**
   * The newest record of every key of a partition of a compacted topic, page by page, to go on from `followOffset` with a
   * `PartitionReader`.
   *
   * @throws RequestError
   * @example
   * for await (const { records } of client.snapshot({ topic: 'profile', partition: 0 }))
   *   for (const { key, value } of records) profiles.set(key, value);
   */
  async *snapshot({
    maxBytes = DEFAULT_MAX_BYTES,
    ...at
  }: SnapshotParams): AsyncGenerator<SnapshotPage, void, undefined> {
    const path = await this.#api.clusterPath(`${partitionPath(at)}/records:snapshot?max_bytes=${maxBytes}`);
    for (let token: string | null = ''; token !== null; ) {
      const query: string = token && `&page_token=${token}`;
      const request: ApiRequest = { method: 'GET', path: path + query, accept: JSON_RECORDS };
      const { next, ...page } = await this.#api.call(request, snapshotPageOf);
      yield page;
      token = next;
    }
  }

  /** @returns -1 where no record is meant */
  async listOffset(at: TopicPartition, spec: OffsetSpec): Promise<number> {
    const query = spec.kind === 'timestamp' ? `timestamp&timestamp=${spec.timestamp}` : spec.kind;
    const path = await this.#api.clusterPath(`${partitionPath(at)}/offset?offset_type=${query}`);
    return this.#api.call({ method: 'GET', path }, answer => bodyOf<{ readonly offset: number }>(answer).offset);
  }
}

const fromOffsetOf = (link: string): number => Number(new URL(link).searchParams.get('from_offset'));

/** An answer that lists results is a result, also the 422 that says that no record was stored. */
function produceResults(answer: ApiAnswer): readonly ProduceResult[] {
  const { offsets } = hasOffsets(answer.body) ? answer.body : bodyOf<ProducedBody>(answer);
  return offsets.map(({ partition, offset, error_code, error }) =>
    partition === null || offset === null
      ? { error: error ?? 'not stored', retriable: error_code === RECORD_RETRIABLE }
      : { partition, offset },
  );
}

const hasOffsets = (body: unknown): body is ProducedBody => isObject(body) && Array.isArray(body.offsets);

function page(answer: ApiAnswer): Page {
  const records = bodyOf<readonly ReadRecord[]>(answer);
  const offsetOf = (header: string) => {
    const value = answer.headers.get(header);
    if (value === null) throw new Error(`the answer has no header ${header}; is there a proxy that drops it?`);
    return Number(value);
  };
  return {
    records,
    nextOffset: offsetOf('millrace-next-offset'),
    highWatermark: offsetOf('millrace-high-watermark'),
  };
}

const partitionPath = ({ topic, partition }: TopicPartition): string =>
  `/topics/${encodeURIComponent(topic)}/partitions/${partition}`;

const producerFields = ({ producerId, producerEpoch, sequence }: ProducerSequence) => ({
  producer_id: producerId,
  producer_epoch: producerEpoch,
  sequence,
});
