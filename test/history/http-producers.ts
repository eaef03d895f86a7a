/**
 * Producers of one partition, over HTTP: without idempotence, with it, and several with one producer id after each other.
 *
 * Each of their tries is an operation. They end after so many batches, when a server refuses them for good, or when the
 * load is over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorTable } from '../../lib/protocol/errors.ts';
import { isOk, type ProduceOperation } from './history.ts';
import type { BatchToSend, RecordingClient, TopicPartition } from './recording-client.ts';

const MOST_RECORDS = 3;

/** One batch in so many is larger than any that a deployment stores inline, compressed or not. */
const LARGE_EVERY = 12;
const LARGE_KEY_IDS = 600;

const LONGEST_PAUSE_MS = 50;

/** As Kafka's `max.in.flight.requests.per.connection` for idempotence: no more batches are remembered. */
const IN_FLIGHT = 5;

/** Sent by a producer that is replaced. */
const BATCHES_OF_LIFE = 6;

export interface ProducerOptions {
  readonly at: TopicPartition;
  readonly batches: number;
  /** Aborted when the load is over. */
  readonly over: AbortSignal;
}

/** One batch after the other; half of those whose outcome is unknown are sent again, and may be stored twice. */
export async function producePlainly(client: RecordingClient, { at, batches, over }: ProducerOptions): Promise<void> {
  for (let index = 0; index < batches && !over.aborted; index++) {
    const batch = nextBatch(client, at, index);
    const repeatsUnknown = client.random.below(2) === 0;
    await sendUntil(client, batch, over, ({ answer }) => answer.outcome === 'unknown' && !repeatsUnknown);
  }
}

/** Each batch until it is known to be stored, before the next. */
export const produceIdempotently = (client: RecordingClient, options: ProducerOptions): Promise<void> =>
  produceAs(client, { ...options, inFlight: 1 });

/** As many batches under way as a producer may have. */
export const producePipelined = (client: RecordingClient, options: ProducerOptions): Promise<void> =>
  produceAs(client, { ...options, inFlight: IN_FLIGHT });

/**
 * Producers that follow each other with one id, each with its next epoch: a new one fences the one before, which does not
 * know that it is replaced and has batches under way.
 */
export async function produceReplaced(client: RecordingClient, options: ProducerOptions): Promise<void> {
  const lives: Promise<void>[] = [];
  let producerId: number | undefined;
  for (let sent = 0; sent < options.batches; sent += BATCHES_OF_LIFE) {
    const identity = await initProducer(client, options.over, producerId);
    if (!identity) break;
    producerId = identity.producerId;
    const halfway = Promise.withResolvers<void>();
    const onSent = (index: number) => index >= BATCHES_OF_LIFE / 2 && halfway.resolve();
    const life = { ...options, batches: BATCHES_OF_LIFE, identity, inFlight: IN_FLIGHT, onSent };
    lives.push(sendAll(client, life).finally(halfway.resolve));
    await halfway.promise;
  }
  await Promise.all(lives);
}

interface IdempotentOptions extends ProducerOptions {
  readonly inFlight: number;
}

async function produceAs(client: RecordingClient, options: IdempotentOptions): Promise<void> {
  const identity = await initProducer(client, options.over);
  if (identity) await sendAll(client, { ...options, identity });
}

interface Identity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The id of a new producer, or the next epoch of the one that is named; `undefined` where the load was over before. */
export async function initProducer(
  client: RecordingClient,
  over: AbortSignal,
  producerId?: number,
): Promise<Identity | undefined> {
  while (!over.aborted) {
    const operation = await client.initProducer(producerId);
    if (isOk(operation)) return operation.answer.result;
    await pause(client);
  }
  return undefined;
}

interface SendAllOptions extends IdempotentOptions {
  readonly identity: Identity;
  readonly onSent?: (index: number) => void;
}

/**
 * In a window: a batch is sent when the one `inFlight` before it is stored. The first is stored before any other is sent: a
 * partition that has nothing of a producer, or nothing of its epoch, refuses whatever does not begin at 0.
 */
async function sendAll(client: RecordingClient, options: SendAllOptions): Promise<void> {
  const { at, batches, over, inFlight, identity, onSent } = options;
  const { producerId: id, producerEpoch: epoch } = identity;
  const stored: Promise<boolean>[] = [];
  let sequence = 0;
  for (let index = 0; index < batches && !over.aborted; index++) {
    if (index > 0 && !(await stored[Math.max(0, index - inFlight)])) break;
    const batch = { ...nextBatch(client, at, index, `-${epoch}`), producer: { id, epoch, sequence } };
    stored.push(sendUntil(client, batch, over));
    sequence += batch.values.length;
    onSent?.(index);
  }
  await Promise.all(stored);
}

/** Values that no other client sends, nor this one in another epoch. */
function nextBatch({ name, random }: RecordingClient, at: TopicPartition, index: number, epoch = ''): BatchToSend {
  const count = 1 + random.below(MOST_RECORDS);
  const values = Array.from({ length: count }, (_, record) => `${name}${epoch}-${index}.${record}`);
  if (random.below(LARGE_EVERY) > 0) return { at, values };
  return { at, values, key: Array.from({ length: LARGE_KEY_IDS }, () => random.id()).join('') };
}

/** Sends it again and again. @returns whether it is stored, as far as the client knows */
export async function sendUntil(
  client: RecordingClient,
  batch: BatchToSend,
  over: AbortSignal,
  isEnough: (operation: ProduceOperation) => boolean = () => false,
): Promise<boolean> {
  for (;;) {
    const operation = await client.produce(batch);
    if (isOk(operation)) return true;
    if (over.aborted || isFinal(operation) || isEnough(operation)) return false;
    await pause(client);
  }
}

/** Refused for good, by the table of errors. */
function isFinal({ answer }: ProduceOperation): boolean {
  if (answer.outcome !== 'failed') return false;
  const named = Object.values(errorTable).filter(({ kafkaName }) => kafkaName === answer.code);
  return named.length > 0 && named.every(({ retriable }) => !retriable);
}

export const pause = ({ chance }: RecordingClient): Promise<void> => sleep(chance.float() * LONGEST_PAUSE_MS);
