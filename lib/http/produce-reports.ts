/** Producing on v3: records in, one report each out, in their order. */
import * as z from 'zod';
import { type ProduceResult, produceRecords, type RecordToProduce } from '../produce/produce-records.ts';
import { MillraceError } from '../protocol/errors.ts';
import { check } from './check.ts';
import { HttpError, viewOf } from './http-error.ts';
import { isoWriter } from './iso-timestamp.ts';
import { type RecordV3, toRecord } from './record-v3.ts';
import type { Call } from './route.ts';

const dataReport = z.object({ type: z.string(), size: z.int() });

export const storedReport = z.object({
  error_code: z.literal(200),
  cluster_id: z.string(),
  topic_name: z.string(),
  partition_id: z.int(),
  offset: z.int(),
  timestamp: z.string().meta({ format: 'date-time' }),
  key: dataReport.optional(),
  value: dataReport.optional(),
});

export const failedReport = z.object({ error_code: z.int(), message: z.string() });

export type Report = z.infer<typeof storedReport> | z.infer<typeof failedReport>;

/** A record that can be produced, or why it cannot. */
export type Candidate =
  | { readonly sent: RecordV3; readonly record: RecordToProduce }
  | { readonly error: HttpError | MillraceError };

/** Checks one record against its schema: 400 for a misfit, and 40402 for a negative partition, as Confluent's answers them. */
export function candidateOf(schema: z.ZodType<RecordV3>, value: unknown): Candidate {
  const checked = check(schema, value);
  if (!checked.ok) return { error: new HttpError(400, checked.message) };
  const { partition_id: partition = 0 } = checked.value;
  if (partition >= 0) return { sent: checked.value, record: toRecord(checked.value) };
  return { error: new MillraceError('UNKNOWN_PARTITION', `there is no partition ${partition}`) };
}

type ProduceCall = Call<{ readonly cluster_id: string; readonly topic_name: string }, unknown, unknown>;

/** Produces the records that can be, together. */
export async function produceReports(call: ProduceCall, candidates: readonly Candidate[]): Promise<readonly Report[]> {
  const { services, params, deadline } = call;
  const records = candidates.flatMap(candidate => ('error' in candidate ? [] : [candidate.record]));
  const results = await produceRecords(services, { topic: params.topic_name, records, deadline });
  const iso = isoWriter();
  let next = 0;
  return candidates.map(candidate => {
    if ('error' in candidate) return failed(candidate.error);
    const result = results[next++] as ProduceResult;
    if ('error' in result) return failed(result.error);
    return stored(candidate.sent, { ...params, ...result, timestamp: iso(result.timestamp) });
  });
}

function failed(error: HttpError | MillraceError): z.infer<typeof failedReport> {
  const { errorCode, message } = viewOf(error, 'v3');
  return { error_code: errorCode, message };
}

interface Stored {
  readonly cluster_id: string;
  readonly topic_name: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: string;
}

function stored({ key, value }: RecordV3, { partition, ...place }: Stored): z.infer<typeof storedReport> {
  return {
    error_code: 200,
    cluster_id: place.cluster_id,
    topic_name: place.topic_name,
    partition_id: partition,
    offset: place.offset,
    timestamp: place.timestamp,
    ...(key && { key: { type: key.type, size: key.bytes?.byteLength ?? 0 } }),
    ...(value && { value: { type: value.type, size: value.bytes?.byteLength ?? 0 } }),
  };
}
