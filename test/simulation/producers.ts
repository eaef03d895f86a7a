/** Producers that do what real ones do: give up waiting after a while, and send the same again to any worker. */
import { deadlineIn } from '../../lib/log/deadline.ts';
import { newProducer, nextEpoch, type ProducerIdentity } from '../../lib/produce/init-producer.ts';
import { produceRecords, type RecordToProduce } from '../../lib/produce/produce-records.ts';
import type { OperationOutcome, ProduceOperation } from '../history/history.ts';
import type { SimClient } from './sim-client.ts';
import type { SimWorker } from './sim-worker.ts';
import { DAY, SECOND } from './time.ts';
import type { Place } from './topic-lives.ts';

export type Send = Pick<ProduceOperation, 'values' | 'keys' | 'tombstones' | 'producer'>;

/** A worker's own limit for a request. */
const REQUEST_DEADLINE_MS = 20 * SECOND;

/** Tries of one request before a producer gives it up. */
const TRIES = 6;

/** A producer tries no batch again that is older than this: less than it is remembered for. */
const DELIVERY_TIMEOUT_MS = 20 * DAY;

/** What an idempotent producer sends again, though it was refused. */
const RETRIED = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'KAFKA_STORAGE_ERROR',
  'THROTTLING_QUOTA_EXCEEDED',
  'COORDINATOR_NOT_AVAILABLE',
]);

const BIG_VALUE = '.'.repeat(400);

export interface ProducerOptions {
  readonly requests: number;
  readonly bigShare: number;
}

/** Sends one request after the other; one whose outcome is unknown again, or never. */
export async function runPlainProducer(client: SimClient, options: ProducerOptions): Promise<void> {
  for (let request = 0; request < options.requests; request++) {
    await client.pause();
    const place = client.topics.draw(client.random);
    const batch = drawBatch(client, place, request, options);
    const mayRepeat = client.random.float() < 0.5;
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await produce(client, place, batch);
      if (answer.outcome === 'ok' || (answer.outcome === 'unknown' && !mayRepeat)) break;
      await client.pauseToRetry();
    }
  }
}

interface IdempotentOptions extends ProducerOptions {
  /** Batches on their way at once. */
  readonly inFlight: number;
  /** Ids of all producers of the run: at times one takes over another's, as a restarted process does. */
  readonly ids: number[];
  readonly takeOver: number;
}

/** Sends batches in the order of their sequence, several at once; where one is refused, it goes on with its next epoch. */
export async function runIdempotentProducer(client: SimClient, options: IdempotentOptions): Promise<void> {
  const sequences = new Map<string, number>();
  let identity: ProducerIdentity | undefined;
  let isRefused = false;
  for (let request = 0; request < options.requests; ) {
    await client.pause();
    if (!identity || isRefused) {
      identity = await takeIdentity(client, options, identity);
      isRefused = false;
      sequences.clear();
      if (!identity) request++;
      continue;
    }
    const place = client.topics.draw(client.random);
    const sends = Array.from({ length: 1 + client.random.below(options.inFlight) }, () => {
      const batch = drawBatch(client, place, request++, options);
      const producer = takeSequence(sequences, place, identity as ProducerIdentity, batch.values.length);
      return { ...batch, producer };
    });
    const stored = await Promise.all(sends.map(send => produceOnce(client, place, send)));
    isRefused = stored.includes(false);
  }
}

/** Sends a batch until it is stored for certain, or refused, or too old. */
async function produceOnce(client: SimClient, place: Place, send: Send): Promise<boolean> {
  const since = client.now;
  for (let tries = 0; tries < TRIES && client.now - since < DELIVERY_TIMEOUT_MS; tries++) {
    const answer = await produce(client, place, send);
    if (answer.outcome === 'ok') return true;
    if (answer.outcome === 'failed' && !RETRIED.has(answer.code)) return false;
    await client.pauseToRetry();
  }
  return false;
}

/** One try of one request. */
export async function produce(
  client: SimClient,
  place: Place,
  send: Send,
  worker?: SimWorker,
): Promise<OperationOutcome<{ readonly baseOffset: number }>> {
  const { values, producer } = send;
  const { topic, partition } = place;
  const records = values.map((_, index) => ({ ...recordOf(send, index), partition, timestamp: 1 }));
  const sequence = producer && { producerId: producer.id, epoch: producer.epoch, sequence: producer.sequence };
  const asked = { operation: 'produce', ...send } as const;
  return client.record(
    place,
    asked,
    async services => {
      const deadline = deadlineIn(services.clock, REQUEST_DEADLINE_MS);
      const [first] = await produceRecords(services, { topic, records, producer: sequence, deadline });
      if (!first || 'error' in first) throw first?.error ?? new Error('no result');
      return { baseOffset: first.offset };
    },
    worker,
  );
}

async function takeIdentity(
  client: SimClient,
  { ids, takeOver }: Pick<IdempotentOptions, 'ids' | 'takeOver'>,
  previous: ProducerIdentity | undefined,
): Promise<ProducerIdentity | undefined> {
  const draw = client.random.float();
  const other = draw < takeOver ? ids[client.random.below(ids.length)] : previous?.producerId;
  const start = client.now;
  const producerId = draw < 0.95 ? other : undefined;
  const answer = await client.ask(services =>
    producerId === undefined ? newProducer(services) : nextEpoch(services, producerId),
  );
  const asked = producerId === undefined ? {} : { producerId };
  client.write({ operation: 'initProducer', ...asked, start, end: client.now, answer });
  if (answer.outcome !== 'ok') return undefined;
  ids.push(answer.result.producerId);
  return answer.result;
}

function takeSequence(
  sequences: Map<string, number>,
  { topic, partition }: Place,
  { producerId, producerEpoch }: ProducerIdentity,
  count: number,
): NonNullable<Send['producer']> {
  const key = `${topic}/${partition}`;
  const sequence = sequences.get(key) ?? 0;
  sequences.set(key, sequence + count);
  return { id: producerId, epoch: producerEpoch, sequence };
}

/** What names a tombstone is in a header of it. */
export const ID_HEADER = 'id';

function recordOf({ values, keys, tombstones }: Send, index: number): Omit<RecordToProduce, 'partition' | 'timestamp'> {
  const id = Buffer.from(values[index] ?? '');
  const key = keys ? Buffer.from(keys[index] ?? '') : null;
  if (!tombstones?.includes(index)) return { key, value: id };
  return { key, value: null, headers: [{ key: ID_HEADER, value: id }] };
}

/** With keys and tombstones where its topic is compacted. */
function drawBatch(client: SimClient, place: Place, request: number, { bigShare }: ProducerOptions): Send {
  const values = drawValues(client, request, bigShare);
  const compacted = client.compactionOf(place);
  if (!compacted) return { values };
  const { random } = client;
  const keys = values.map(() => `k${random.below(compacted.keys)}`);
  const tombstones = [...values.keys()].filter(() => random.float() < compacted.tombstoneShare);
  return { values, keys, ...(tombstones.length > 0 && { tombstones }) };
}

/** One to three values that no other request of the run has; at times too big to stand in their entry. */
function drawValues({ name, random }: SimClient, request: number, bigShare: number): string[] {
  const padding = random.float() < bigShare ? BIG_VALUE : '';
  return Array.from({ length: 1 + random.below(3) }, (_, index) => `${name}-${request}-${index}${padding}`);
}
