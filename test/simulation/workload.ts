/**
 * What the clients of a simulated run do, as real ones would: they send to any worker, give up waiting after a while, and
 * try again elsewhere.
 */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import { newProducer, nextEpoch, type ProducerIdentity } from '../../lib/produce/init-producer.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import type { FetchOperation, Operation, OperationOutcome, ProduceOperation } from '../history/history.ts';
import type { TopicLives } from './topic-lives.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What every client of a run is given. */
export interface ClientDeps {
  readonly name: string;
  readonly pool: WorkerPool;
  readonly random: SeededRandom;
  readonly topics: TopicLives;
  readonly history: Operation[];
}

/** A worker's own limit for a request. */
const REQUEST_DEADLINE_MS = 20_000;

/** Tries of one request before a client gives it up. */
const TRIES = 6;

type Answer<R> = OperationOutcome<R>;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** A producer that sends records one request after the other; with an identity, at most once each. */
export async function runProducer(
  deps: ClientDeps,
  options: { requests: number; isIdempotent: boolean },
): Promise<void> {
  const sequences = new Map<string, number>();
  let identity: ProducerIdentity | undefined;
  for (let request = 0; request < options.requests; request++) {
    await deps.pool.pause(deps.random);
    const place = deps.topics.draw(deps.random);
    const values = drawValues(deps, request);
    if (!options.isIdempotent) {
      await sendPlain(deps, place, values);
      continue;
    }
    identity ??= await takeIdentity(deps);
    if (!identity) continue;
    const partition = `${place.topic}/${place.partition}`;
    const sequence = sequences.get(partition) ?? 0;
    const isStored = await sendIdempotent(deps, place, { values, identity, sequence });
    if (isStored) sequences.set(partition, sequence + values.length);
    else {
      // a real client whose batch is lost for certain or for ever takes a new epoch
      identity = await takeIdentity(deps, identity);
      sequences.clear();
    }
  }
}

async function sendPlain(deps: ClientDeps, place: Place, values: readonly string[]): Promise<void> {
  const mayRepeat = deps.random.float() < 0.5;
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await produceOnce(deps, place, { values });
    if (answer.outcome === 'ok' || (answer.outcome === 'unknown' && !mayRepeat)) return;
  }
}

interface IdempotentSend {
  readonly values: readonly string[];
  readonly identity: ProducerIdentity;
  readonly sequence: number;
}

async function sendIdempotent(deps: ClientDeps, place: Place, send: IdempotentSend): Promise<boolean> {
  const { values, identity, sequence } = send;
  const producer = { id: identity.producerId, epoch: identity.producerEpoch, sequence };
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await produceOnce(deps, place, { values, producer });
    if (answer.outcome === 'ok') return true;
    if (answer.outcome === 'failed' && !/OUT_OF_ORDER|UNAVAILABLE|NOT_AVAILABLE|THROTTLING|STORAGE/.test(answer.error))
      return false;
  }
  return false;
}

async function produceOnce(
  deps: ClientDeps,
  { topic, partition }: Place,
  send: Pick<ProduceOperation, 'values' | 'producer'>,
): Promise<Answer<{ readonly baseOffset: number }>> {
  const { values, producer } = send;
  const records = values.map(value => ({ key: null, value: Buffer.from(value), partition, timestamp: 1 }));
  const sequence = producer && { producerId: producer.id, epoch: producer.epoch, sequence: producer.sequence };
  return recorded(deps, { topic, partition }, { operation: 'produce', ...send }, async services => {
    const deadline = deadlineIn(services.clock, REQUEST_DEADLINE_MS);
    const [first] = await produceRecords(services, { topic, records, producer: sequence, deadline });
    if (!first || 'error' in first) throw first?.error ?? new Error('no result');
    return { baseOffset: first.offset };
  });
}

/** A reader that follows a log from its start, and now and then looks at any offset it has passed. */
export async function runReader(deps: ClientDeps, options: { requests: number }): Promise<void> {
  const next = new Map<string, number>();
  for (let request = 0; request < options.requests; request++) {
    await deps.pool.pause(deps.random);
    const place = deps.topics.draw(deps.random);
    const log = deps.topics.logOf(place.topic, place.partition) ?? '';
    const reached = next.get(log) ?? 0;
    const offset = deps.random.float() < 0.3 ? deps.random.below(reached + 1) : reached;
    const answer = await fetchOnce(deps, place, offset);
    if (answer.outcome === 'ok' && answer.result.nextOffset > reached) next.set(log, answer.result.nextOffset);
    if (answer.outcome === 'failed' && answer.error.includes('OUT_OF_RANGE')) next.set(log, deps.topics.startOf(log));
  }
}

export async function fetchOnce(deps: ClientDeps, place: Place, offset: number): Promise<FetchOperation['answer']> {
  const maxBytes = 1 + deps.random.below(3_000);
  const maxWaitMs = deps.random.float() < 0.2 ? 3_000 : 0;
  return recorded(deps, place, { operation: 'fetch', offset }, async services => {
    const partitions = [{ ...place, offset, maxBytes }];
    const [result] = await fetchPartitions(services, { partitions, maxBytes, maxWaitMs, minBytes: 1 });
    if (!result || 'error' in result) throw result?.error ?? new Error('no result');
    const { batches, nextOffset, highWatermark, logStartOffset } = result;
    const records = batches
      .flatMap(batch => decodeBatch(batch.bytes, { maxDecompressedBytes: 1 << 20 }))
      .map(record => ({ offset: record.offset, value: Buffer.from(record.value ?? []).toString() }))
      .filter(record => record.offset >= offset);
    return { records, nextOffset, highWatermark, logStartOffset };
  });
}

/** Asks a worker, and writes down what it said if the topic lived the same life all the while. */
async function recorded<R>(
  deps: ClientDeps,
  { topic, partition }: Place,
  request: Readonly<Record<string, unknown>>,
  ask: (services: LogServices) => Promise<R>,
): Promise<Answer<R>> {
  const { pool, topics, history, name } = deps;
  const log = topics.logOf(topic, partition);
  const start = pool.now;
  const answer = await pool.ask(deps.random, ask);
  const lives = new Set([log, topics.logOf(topic, partition)]);
  const told = lives.size === 1 ? answer : { outcome: 'unknown', error: 'the topic changed meanwhile' };
  for (const life of lives) {
    const operation = { client: name, log: life, start, end: pool.now, ...request, answer: told };
    if (life !== undefined) history.push(operation as unknown as Operation);
  }
  return answer;
}

async function takeIdentity(deps: ClientDeps, previous?: ProducerIdentity): Promise<ProducerIdentity | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await deps.pool.ask(deps.random, services =>
      previous && tries < 3 ? nextEpoch(services, previous.producerId) : newProducer(services),
    );
    if (answer.outcome === 'ok') return answer.result;
  }
  return undefined;
}

/** One to three values that no other request of the run has; at times one too big to inline. */
function drawValues({ name, random }: ClientDeps, request: number): string[] {
  const padding = random.float() < 0.15 ? '.'.repeat(400) : '';
  return Array.from({ length: 1 + random.below(3) }, (_, index) => `${name}-${request}-${index}${padding}`);
}
