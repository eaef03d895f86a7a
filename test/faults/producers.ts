/**
 * The producers of a run: each has one id, and sends to every partition of both topics side by side, at a steady pace, batch after batch,
 * each until it is known to be stored.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { initProducer, sendUntil } from '../history/http-producers.ts';
import type { BatchToSend, RecordingClient, TopicPartition } from '../history/recording-client.ts';
import {
  CLICK,
  CLICK_PARTITIONS,
  CLICKS_OF_PROFILE,
  KEYS,
  PRODUCERS,
  PROFILE,
  PROFILE_PARTITIONS,
  TOMBSTONE_EVERY,
} from './settings.ts';

export interface ProducersOptions {
  /** Of all producers together, to the topic that groups read. */
  readonly records: number;
  readonly recordsPerSecond: number;
  readonly recordsPerBatch: number;
  /** Requests of one producer that are under way at once, at most. */
  readonly inFlight: number;
  /** Aborted when the run is over, though there were more to send. */
  readonly over: AbortSignal;
}

interface Lane {
  readonly at: TopicPartition;
  readonly records: number;
  readonly everyMs: number;
  readonly recordsPerBatch: number;
}

/** Resolves when all is stored. @throws Error where something is refused for good */
export async function produceAll(clients: readonly RecordingClient[], options: ProducersOptions): Promise<void> {
  await Promise.all(clients.map((client, index) => produceAs(client, index, options)));
}

async function produceAs(client: RecordingClient, index: number, options: ProducersOptions): Promise<void> {
  const identity = await initProducer(client, options.over);
  if (!identity) throw new Error(`${client.name} was given no id in time`);
  const { producerId: id, producerEpoch: epoch } = identity;
  const lanes = [...lanesOf(CLICK, CLICK_PARTITIONS, index, options), ...profileLanes(index, options)];
  const turns = new Turns(options.inFlight);
  await Promise.all(lanes.map(lane => sendLane(client, lane, { id, epoch, turns, over: options.over })));
}

function lanesOf(topic: string, partitions: number, producer: number, options: ProducersOptions): readonly Lane[] {
  const { records, recordsPerSecond, recordsPerBatch } = options;
  const all = PRODUCERS * partitions;
  return Array.from({ length: partitions }, (_, partition) => {
    const lane = producer * partitions + partition;
    const share = Math.floor(((lane + 1) * records) / all) - Math.floor((lane * records) / all);
    return { at: { topic, partition }, records: share, everyMs: (all * 1_000) / recordsPerSecond, recordsPerBatch };
  });
}

const profileLanes = (producer: number, options: ProducersOptions): readonly Lane[] =>
  lanesOf(PROFILE, PROFILE_PARTITIONS, producer, {
    ...options,
    records: Math.ceil(options.records / CLICKS_OF_PROFILE),
    recordsPerSecond: options.recordsPerSecond / CLICKS_OF_PROFILE,
  });

interface Sender {
  readonly id: number;
  readonly epoch: number;
  readonly turns: Turns;
  readonly over: AbortSignal;
}

async function sendLane(client: RecordingClient, lane: Lane, { id, epoch, turns, over }: Sender): Promise<void> {
  const { at, records, everyMs, recordsPerBatch } = lane;
  const startedAt = performance.now();
  for (let sequence = 0; sequence < records; ) {
    const count = Math.min(records - sequence, 1 + client.random.below(2 * recordsPerBatch - 1));
    const earlyByMs = startedAt + (sequence + count) * everyMs - performance.now();
    if (earlyByMs > 1) await sleep(earlyByMs);
    const batch = { ...batchOf(client, at, { sequence, count }), producer: { id, epoch, sequence } };
    if (!(await turns.run(() => sendUntil(client, batch, over))))
      throw new Error(`${client.name} could not send ${sequence} to ${at.topic}`);
    sequence += count;
  }
}

/** Values that no other lane sends. */
function batchOf(
  { name, random }: RecordingClient,
  at: TopicPartition,
  batch: { sequence: number; count: number },
): BatchToSend {
  const { topic, partition } = at;
  const numbers = Array.from({ length: batch.count }, (_, index) => batch.sequence + index);
  const values = numbers.map(number => `${name}-${topic}-${partition}-${number}`);
  if (topic !== PROFILE) return { at, values };
  const keys = numbers.map(() => `key-${random.below(KEYS)}`);
  const tombstones = numbers.flatMap((_, index) => (random.below(TOMBSTONE_EVERY) === 0 ? [index] : []));
  return { at, values, keys, tombstones };
}

/** Lets so much be done at once, and the rest in its turn. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>(resolve => this.#waiting.push(resolve));
    else this.#free--;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
