/**
 * Readers over HTTP: of one partition, of all partitions of a topic, and of a whole log at the end.
 *
 * A reader follows from the start, keeps its place by the next offset of each answer, and now and then looks again at an
 * offset that it has passed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FetchOperation, isOk } from './history.ts';
import { pause } from './http-producers.ts';
import type { RecordingClient, TopicPartition } from './recording-client.ts';

/** One read in so many looks back. */
const LOOK_BACK_EVERY = 3;

/** From one record to most of a log: a page that is cut ends where the next one begins. */
const pageSizes = [1, 300, 2_000, 50_000];
const WHOLE_LOG_BYTES = 1 << 20;

export interface ReaderOptions {
  readonly reads: number;
  readonly maxWaitMs: number;
  /** Aborted when the load is over. */
  readonly over: AbortSignal;
  /** Between two reads, though there is more to read. */
  readonly pauseMs?: number;
}

export async function followPartition(
  client: RecordingClient,
  at: TopicPartition,
  { reads, maxWaitMs, over, pauseMs = 0 }: ReaderOptions,
): Promise<void> {
  let position = 0;
  for (let read = 0; read < reads && !over.aborted; read++) {
    const offset = offsetToRead(client, position);
    const fetched = await client.fetch({ at, offset, maxBytes: pageSize(client), maxWaitMs });
    position = Math.max(position, placeAfter(fetched, position));
    if (!isOk(fetched)) await pause(client);
    if (pauseMs > 0) await sleep(pauseMs);
  }
}

/** All partitions of the topic in each request. */
export async function followTopic(
  client: RecordingClient,
  { topic, partitions }: { readonly topic: string; readonly partitions: number },
  { reads, maxWaitMs, over, pauseMs = 0 }: ReaderOptions,
): Promise<void> {
  let positions: readonly number[] = Array.from({ length: partitions }, () => 0);
  for (let read = 0; read < reads && !over.aborted; read++) {
    const offsets = positions.map(position => offsetToRead(client, position));
    const fetched = await client.fetchMany({ topic, offsets, maxBytes: pageSize(client), maxWaitMs });
    positions = positions.map((position, partition) => Math.max(position, placeAfter(fetched[partition], position)));
    if (!fetched.every(isOk)) await pause(client);
    if (pauseMs > 0) await sleep(pauseMs);
  }
}

/** From the start to the high watermark; every read has to succeed. */
export async function readWhole(client: RecordingClient, at: TopicPartition): Promise<void> {
  for (let offset = 0; ; ) {
    const fetched = await client.fetch({ at, offset, maxBytes: WHOLE_LOG_BYTES, maxWaitMs: 0 });
    if (!isOk(fetched)) return;
    const { nextOffset, highWatermark } = fetched.answer.result;
    if (nextOffset >= highWatermark) return;
    if (nextOffset <= offset) throw new Error(`a read at ${offset} of ${highWatermark} does not get on`);
    offset = nextOffset;
  }
}

const offsetToRead = ({ random }: RecordingClient, position: number): number =>
  position > 0 && random.below(LOOK_BACK_EVERY) === 0 ? random.below(position) : position;

const pageSize = ({ random }: RecordingClient): number => pageSizes[random.below(pageSizes.length)] as number;

const placeAfter = (fetched: FetchOperation | undefined, position: number): number =>
  fetched && isOk(fetched) ? fetched.answer.result.nextOffset : position;
