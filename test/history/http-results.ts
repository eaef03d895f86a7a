/**
 * What the answers of the HTTP API say, as results of operations. An answer of another shape than docs/protocol.md has it
 * is thrown: it is no outcome, but a bug.
 */
import * as z from 'zod';
import { errorTable } from '../../lib/protocol/errors.ts';
import type { FetchOperation, InitProducerOperation, OperationOutcome, ProduceOperation } from './history.ts';
import { type HttpAnswer, isObject, outcomeOf, refusal } from './http-exchange.ts';

type ResultOf<O extends { readonly answer: OperationOutcome<unknown> }> = Extract<
  O['answer'],
  { outcome: 'ok' }
>['result'];

type Page = ResultOf<FetchOperation>;

const offset = z.int().nonnegative();
/** Without the keys: a value names its record, and a header of it a tombstone. */
const records = z.array(
  z
    .object({
      offset,
      value: z.string().nullable(),
      headers: z.array(z.object({ key: z.string(), value: z.string().nullable() })).default([]),
    })
    .transform(({ offset, value, headers }) => ({ offset, value: value ?? nameIn(headers) })),
);
const produced = z.object({
  offsets: z.array(
    z.object({ partition: z.int().nullable(), offset: offset.nullable(), error: z.string().nullable() }),
  ),
});
const identity = z.object({ producer_id: z.int(), producer_epoch: z.int() });
const fetched = z.object({
  topics: z.array(
    z.object({
      partitions: z.array(
        z.object({
          error_code: z.int(),
          message: z.string().optional(),
          high_watermark: z.int(),
          log_start_offset: z.int(),
          next_offset: z.int(),
          records,
        }),
      ),
    }),
  ),
});

/** Of a tombstone. */
export const ID_HEADER = 'id';

function nameIn(headers: readonly { readonly key: string; readonly value: string | null }[]): string {
  const id = headers.find(({ key }) => key === ID_HEADER)?.value;
  if (id === undefined || id === null) throw new Error('a record without a value, and without a header that names it');
  return Buffer.from(id, 'base64').toString();
}

type FetchedPartition = z.infer<typeof fetched>['topics'][number]['partitions'][number];

/** Where the records of a v2 produce to one partition stand; an answer lists them also where it stored none. */
export function placeOf(
  answer: HttpAnswer,
  partition: number,
  count: number,
): OperationOutcome<ResultOf<ProduceOperation>> {
  if (!(isObject(answer.body) && 'offsets' in answer.body)) return refusal(answer);
  const { offsets } = produced.parse(answer.body);
  const errors = offsets.flatMap(({ error }) => error ?? []);
  if (errors.length > 0) return outcomeOfErrors(errors, count);
  const baseOffset = offsets[0]?.offset ?? -1;
  const isDense = offsets.every((at, index) => at.partition === partition && at.offset === baseOffset + index);
  if (offsets.length === count && isDense) return { outcome: 'ok', result: { baseOffset } };
  throw new Error(`${count} records to partition ${partition} are answered with ${JSON.stringify(offsets)}`);
}

/** The records of a request that fits one batch stand or fall together. */
function outcomeOfErrors(errors: readonly string[], count: number): OperationOutcome<never> {
  const outcomes = errors.map(error => outcomeOf(error));
  const outcome = outcomes.find(each => each?.outcome === 'unknown') ?? outcomes[0];
  if (outcome && errors.length === count) return outcome;
  throw new Error(`of ${count} records in one batch some failed: ${errors.join('; ')}`);
}

export function pageOf({ headers, body }: HttpAnswer): Page {
  const mark = (name: string) => offset.parse(Number(headers.get(name) ?? Number.NaN));
  return {
    records: records.parse(body),
    nextOffset: mark('millrace-next-offset'),
    highWatermark: mark('millrace-high-watermark'),
    logStartOffset: mark('millrace-log-start-offset'),
  };
}

/** One for each partition asked for, in their order. */
export function pagesOf({ body }: HttpAnswer, count: number): readonly OperationOutcome<Page>[] {
  const pages = fetched.parse(body).topics.flatMap(({ partitions }) => partitions.map(pageOfPartition));
  if (pages.length === count) return pages;
  throw new Error(`an answer with ${pages.length} partitions, expected ${count}`);
}

function pageOfPartition(partition: FetchedPartition): OperationOutcome<Page> {
  const { error_code, message = '', high_watermark, log_start_offset, next_offset } = partition;
  if (error_code !== 0) return { outcome: 'failed', code: kafkaName(error_code), error: message };
  const result = {
    records: partition.records,
    nextOffset: next_offset,
    highWatermark: high_watermark,
    logStartOffset: log_start_offset,
  };
  return { outcome: 'ok', result };
}

export function identityOf({ body }: HttpAnswer): ResultOf<InitProducerOperation> {
  const { producer_id: producerId, producer_epoch: producerEpoch } = identity.parse(body);
  return { producerId, producerEpoch };
}

const kafkaName = (kafkaCode: number): string =>
  Object.values(errorTable).find(entry => entry.kafkaCode === kafkaCode)?.kafkaName ?? `error ${kafkaCode}`;
