/**
 * Producing records to a topic: check each, choose its partition, make batches, append them.
 *
 * What is acknowledged is what is stored: every record gets its offset or its error. The records of one partition keep
 * their order, and go into one entry as far as its limits allow.
 */
import type { AppendBatch, Appended, ProducerSequence } from '../log/append-batch.ts';
import type { Deadline } from '../log/deadline.ts';
import type { LogServices } from '../log/log-services.ts';
import { type Topic, unknownPartition } from '../log/topic-directory.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { configValue } from '../protocol/topic-config.ts';
import { partitionForKey } from '../record/partitioner.ts';
import type { NewRecord, RecordHeader } from '../record/record.ts';
import { answerAppended } from './answer-appended.ts';
import { checkRecord } from './check-record.ts';
import { type BatchPlan, checkSize, makeBatch, planBatches } from './make-batches.ts';

/** A record as a client sends it. */
export interface RecordToProduce {
  /** Where it is left out: by the key's hash, or one for all keyless records of the request: at random, or the producer's. */
  readonly partition?: number | undefined;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[] | undefined;
  /** Milliseconds since the epoch; now, where it is left out. */
  readonly timestamp?: number | undefined;
}

export interface ProduceRequest {
  readonly topic: string;
  readonly records: readonly RecordToProduce[];
  /** Stores the records at most once, in the order of sequences; they must go to one partition and fit one batch. */
  readonly producer?: ProducerSequence | undefined;
  readonly deadline: Deadline;
}

export type ProduceResult =
  | { readonly partition: number; readonly offset: number; readonly timestamp: number }
  | { readonly error: MillraceError };

/** A record with the place of its result. */
interface PlacedRecord {
  readonly index: number;
  readonly record: NewRecord;
}

/**
 * @returns one result per record, in their order
 * @throws MillraceError where the request as a whole is refused, and nothing was stored
 * @example
 * const [result] = await produceRecords(services, { topic: 'click', records: [{ key: null, value }], deadline });
 */
export async function produceRecords(
  services: LogServices,
  request: ProduceRequest,
): Promise<readonly ProduceResult[]> {
  const topic = await topicFor(services, request);
  const results: ProduceResult[] = [];
  const byPartition = placeRecords(services, topic, request, results);
  if (request.producer) checkOneBatch(byPartition, topic, results);
  const appends = [...byPartition].map(([partition, placed]) =>
    appendPlaced(services, { topic, partition, placed, request, results }),
  );
  const ended = await Promise.allSettled(appends);
  for (const append of ended) if (append.status === 'rejected') throw append.reason;
  return answerAppended(services, topic, results);
}

/** The topic as believed, or as it is where a record names a partition that may have been added since. */
async function topicFor({ topics }: LogServices, { topic: name, records }: ProduceRequest): Promise<Topic> {
  const believed = await topics.resolve(name);
  return records.some(({ partition = 0 }) => partition >= believed.partitions) ? topics.read(name) : believed;
}

/** The good records by partition, in order; the others get their error. */
function placeRecords(
  { clock, random }: LogServices,
  topic: Topic,
  { records, producer }: ProduceRequest,
  results: ProduceResult[],
): Map<number, PlacedRecord[]> {
  const now = clock.now();
  // a retry of an idempotent request has to go where the first try went
  const sticky = producer ? producer.producerId % topic.partitions : Math.floor(random.float() * topic.partitions);
  const byPartition = new Map<number, PlacedRecord[]>();
  for (const [index, { partition: named, key, value, headers = [], timestamp = now }] of records.entries()) {
    const record = { key, value, headers, timestamp };
    const partition = named ?? (key ? partitionForKey(key, topic.partitions) : sticky);
    const error = !(partition >= 0 && partition < topic.partitions)
      ? unknownPartition(topic, partition)
      : (checkRecord(record, topic.config) ?? checkSize(record, topic.config));
    if (error) {
      results[index] = { error };
      continue;
    }
    const placed = byPartition.get(partition);
    if (placed) placed.push({ index, record });
    else byPartition.set(partition, [{ index, record }]);
  }
  return byPartition;
}

/** A sequence counts the records of one partition, so they stand or fall together. */
function checkOneBatch(
  byPartition: ReadonlyMap<number, readonly PlacedRecord[]>,
  { config }: Topic,
  results: readonly ProduceResult[],
): void {
  for (const result of results) if (result && 'error' in result) throw result.error;
  if (byPartition.size !== 1) {
    const detail = `the records of an idempotent request go to ${byPartition.size} partitions, expected 1`;
    throw new MillraceError('INVALID_REQUEST', detail);
  }
  for (const placed of byPartition.values()) {
    const batches = planBatches(
      placed.map(({ record }) => record),
      config,
    ).length;
    if (batches === 1) continue;
    throw new MillraceError(
      'MESSAGE_TOO_LARGE',
      `the records of an idempotent request need ${batches} batches, expected 1`,
    );
  }
}

interface AppendParams {
  readonly topic: Topic;
  readonly partition: number;
  readonly placed: readonly PlacedRecord[];
  readonly request: ProduceRequest;
  readonly results: ProduceResult[];
}

/** Appends the records of one partition, and gives each its result. */
async function appendPlaced(services: LogServices, params: AppendParams): Promise<void> {
  const { topic, partition, placed, request, results } = params;
  const log = services.logs.of({ topicId: topic.topicId, partition });
  const stampAppendTime = configValue(topic.config, 'message.timestamp.type') === 'LogAppendTime';
  let done = 0;
  try {
    for (const plans of chunks(
      planBatches(
        placed.map(({ record }) => record),
        topic.config,
      ),
      limits.batchesPerEntry,
    )) {
      const { defaultCodec } = services.settings;
      const { producer } = request;
      const batches = plans.map(plan => makeBatch({ plan, config: topic.config, defaultCodec, producer }));
      const appended = await log.append({ batches, stampAppendTime }, request.deadline);
      done += giveOffsets({ placed: placed.slice(done), batches, partition, appended, results });
    }
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    for (const { index } of placed.slice(done)) results[index] = { error };
  }
}

interface Given {
  readonly placed: readonly PlacedRecord[];
  readonly batches: readonly AppendBatch[];
  readonly partition: number;
  readonly appended: Appended;
  readonly results: ProduceResult[];
}

function giveOffsets({ placed, batches, partition, appended, results }: Given): number {
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  for (const [position, { index, record }] of placed.slice(0, count).entries()) {
    const timestamp = appended.appendTime ?? record.timestamp;
    results[index] = { partition, offset: appended.baseOffset + position, timestamp };
  }
  return count;
}

function chunks(plans: readonly BatchPlan[], size: number): BatchPlan[][] {
  return Array.from({ length: Math.ceil(plans.length / size) }, (_, index) =>
    plans.slice(index * size, (index + 1) * size),
  );
}
