/**
 * A client of the HTTP API that records each of its requests as an operation. It never sends one again by itself: a retry
 * is an operation of its own.
 *
 * It stays with one server until that fails it, and moves to another now and then.
 */
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import type {
  FetchOperation,
  InitProducerOperation,
  Operation,
  OperationOutcome,
  ProduceOperation,
  SequenceOfProducer,
} from './history.ts';
import { exchange, type HttpAnswer, type HttpRequest, ifGood, NOT_CONNECTED } from './http-exchange.ts';
import { ID_HEADER, identityOf, pageOf, pagesOf, placeOf } from './http-results.ts';

const JSON_RECORDS = 'application/vnd.kafka.json.v2+json';

/** One request in so many goes to any server, though nothing failed. */
const MOVE_EVERY = 16;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface RecordingClientOptions {
  readonly name: string;
  /** Where its operations go. */
  readonly history: Operation[];
  /** Base URLs as they are now, without a slash at their end; a server that is gone may be among them. */
  readonly servers: () => readonly string[];
  readonly clusterId: string;
  /** Of one request. */
  readonly timeoutMs: number;
  readonly seed: number;
}

/** One batch, the same in every try. */
export interface BatchToSend {
  readonly at: TopicPartition;
  readonly values: readonly string[];
  /** Of the first record: it makes a batch large without making its values long. */
  readonly key?: string | undefined;
  /** Of all records. */
  readonly keys?: readonly string[];
  /** Which of the values are tombstones. */
  readonly tombstones?: readonly number[];
  readonly producer?: SequenceOfProducer;
}

export interface FetchParams {
  readonly at: TopicPartition;
  readonly offset: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

export interface FetchManyParams {
  readonly topic: string;
  /** Of its partitions, from the first on. */
  readonly offsets: readonly number[];
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

export class RecordingClient {
  readonly name: string;
  /** For what it sends and where it reads: the same draws in each run. */
  readonly random: SeededRandom;
  /** For what depends on how requests fall in time: retries, and which server is there. */
  readonly chance: SeededRandom;
  readonly #options: RecordingClientOptions;
  #server: number;

  constructor(options: RecordingClientOptions) {
    this.#options = options;
    this.name = options.name;
    this.random = new SeededRandom(options.seed);
    this.chance = new SeededRandom(~options.seed);
    this.#server = this.chance.below(options.servers().length);
  }

  async produce(batch: BatchToSend): Promise<ProduceOperation> {
    const { at, values, keys, tombstones, producer } = batch;
    const records = values.map((_, index) => recordOf(batch, index));
    const json = { records, ...(producer && sequenceFields(producer)) };
    const request = { path: pathOf(at), json, type: JSON_RECORDS };
    const made = await this.#exchange(request, answer => placeOf(answer, at.partition, values.length));
    const sent = { values, ...(keys && { keys }), ...(tombstones && { tombstones }), ...(producer && { producer }) };
    return this.#record({ operation: 'produce', log: logOf(at), ...sent, ...made });
  }

  async fetch({ at, offset, maxBytes, maxWaitMs }: FetchParams): Promise<FetchOperation> {
    const path = `${pathOf(at)}/records?offset=${offset}&timeout=${maxWaitMs}&max_bytes=${maxBytes}`;
    const made = await this.#exchange({ path, accept: JSON_RECORDS }, ifGood(pageOf));
    return this.#record({ operation: 'fetch', log: logOf(at), offset, ...made });
  }

  /** An operation for each partition. */
  async fetchMany({ topic, offsets, maxBytes, maxWaitMs }: FetchManyParams): Promise<readonly FetchOperation[]> {
    const partitions = offsets.map((offset, partition) => ({ partition, fetch_offset: offset }));
    const json = { topics: [{ topic, partitions }], max_bytes: maxBytes, max_wait_ms: maxWaitMs };
    const request = { path: this.#clusterPath('/records:fetch'), json, accept: JSON_RECORDS };
    const { answer, ...made } = await this.#exchange(
      request,
      ifGood(answer => pagesOf(answer, offsets.length)),
    );
    return offsets.map((offset, partition) => {
      const page = answer.outcome === 'ok' ? (answer.result[partition] as FetchOperation['answer']) : answer;
      return this.#record({ operation: 'fetch', log: logOf({ topic, partition }), offset, ...made, answer: page });
    });
  }

  /** @param producerId asks for the next epoch of that id; left out, for a new id */
  async initProducer(producerId?: number): Promise<InitProducerOperation> {
    const json = producerId === undefined ? {} : { producer_id: producerId };
    const made = await this.#exchange({ path: this.#clusterPath('/producers'), json }, ifGood(identityOf));
    return this.#record({ operation: 'initProducer', ...(producerId !== undefined && { producerId }), ...made });
  }

  async #exchange<R>(request: HttpRequest, read: (answer: HttpAnswer) => OperationOutcome<R>) {
    const { servers, timeoutMs } = this.#options;
    const urls = servers();
    if (this.chance.below(MOVE_EVERY) === 0) this.#server = this.chance.below(urls.length);
    const place = this.#server;
    const start = performance.now();
    const answer = await exchange({ url: urls[place] as string, timeoutMs }, request, read);
    const end = performance.now();
    // of several requests that one server fails, the first moves the client on
    if (isServerGone(answer) && this.#server === place) this.#server = (place + 1) % urls.length;
    return { client: this.name, start, end, answer };
  }

  #record<O extends Operation>(operation: O): O {
    this.#options.history.push(operation);
    return operation;
  }

  #clusterPath(rest: string): string {
    return `/v3/clusters/${this.#options.clusterId}${rest}`;
  }
}

/** A tombstone has no value that would name it, but a header. */
function recordOf({ values, key, keys, tombstones }: BatchToSend, index: number): object {
  const own = keys?.[index] ?? (index === 0 ? key : undefined);
  const keyed = own === undefined ? {} : { key: own };
  const value = values[index] ?? '';
  if (!tombstones?.includes(index)) return { ...keyed, value };
  return { ...keyed, value: null, headers: [{ key: ID_HEADER, value: Buffer.from(value).toString('base64') }] };
}

const isServerGone = (answer: OperationOutcome<unknown>): boolean =>
  answer.outcome === 'unknown' || (answer.outcome === 'failed' && answer.code === NOT_CONNECTED);

const pathOf = ({ topic, partition }: TopicPartition): string => `/topics/${topic}/partitions/${partition}`;

/** The topics of a load have one life each. */
const logOf = ({ topic, partition }: TopicPartition): string => `${topic}#1/${partition}`;

const sequenceFields = ({ id, epoch, sequence }: SequenceOfProducer) => ({
  producer_id: id,
  producer_epoch: epoch,
  sequence,
});
