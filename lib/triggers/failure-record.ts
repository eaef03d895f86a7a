/**
 * What an on-failure destination is sent of records that were given up: AWS Lambda's invocation record of a Kafka batch, with the
 * coordinates of the records. A bucket gets the event besides, as text; a topic gets one record for each that failed, with the event
 * that it would be alone.
 *
 * Shapes: "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources" and "Using a Kafka topic as an
 * on-failure destination" in the developer guide of AWS Lambda. Offsets are texts there.
 */

import type { Trigger } from './cells.ts';
import { EventBuilder } from './event.ts';
import type { GivenUpFor } from './gather.ts';
import type { SourceRecord } from './record-source.ts';

export interface Failure {
  readonly trigger: Pick<Trigger, 'name' | 'triggerId' | 'function'>;
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly SourceRecord[];
  readonly reason: GivenUpFor;
  readonly attempts: number;
  readonly error?: string | undefined;
  /** The event that failed; empty where none was made. */
  readonly payload: string;
  readonly bootstrapServers: string;
  /** Milliseconds since the epoch. */
  readonly failedAt: number;
}

/** The invocation record, of all records together. */
export function failureMetadata(failure: Failure) {
  const { topic, partition, records } = failure;
  const [first, last] = [records[0], records.at(-1)];
  const recordsInfo = {
    [`${topic}-${partition}`]: {
      firstRecordOffset: first && String(first.offset),
      lastRecordOffset: last && String(last.offset),
      firstRecordTimestamp: first && timeOf(first),
      lastRecordTimestamp: last && timeOf(last),
    },
  };
  return invocationRecord(failure, { recordsInfo });
}

/** A record for a topic. */
export interface FailedRecord {
  /** That of the record that failed, or its place in its log where it has none, or is sent without itself: so every topic takes it. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * A record for each that failed: its invocation record, and as `payload` the event of it alone.
 *
 * @param withPayload without, for a topic that takes no record so large
 */
export function failedRecords(failure: Failure, { withPayload }: { readonly withPayload: boolean }): FailedRecord[] {
  const { topic, partition } = failure;
  return failure.records.map(record => {
    const event = eventOf(failure, record);
    const recordInfo = { offset: String(record.offset), timestamp: timeOf(record) };
    const metadata = invocationRecord({ ...failure, records: [record], payload: event }, { recordInfo });
    const value = `${JSON.stringify(metadata).slice(0, -1)},"payload":${withPayload ? event : 'null'}}`;
    const place = bytesOf(`${topic}-${partition}-${record.offset}`);
    // the key may be what is too large
    return { key: withPayload ? (record.key ?? place) : place, value: bytesOf(value) };
  });
}

type RecordsOfBatch =
  | { readonly recordsInfo: Readonly<Record<string, object>> }
  | { readonly recordInfo: { readonly offset: string; readonly timestamp: string | number } };

function invocationRecord(failure: Failure, info: RecordsOfBatch) {
  const { trigger, topic, partition, records, reason, attempts, error, payload, bootstrapServers, failedAt } = failure;
  return {
    requestContext: {
      requestId: `${trigger.triggerId}-${topic}-${partition}-${records[0]?.offset ?? 0}`,
      functionArn: trigger.function,
      condition: reason,
      approximateInvokeCount: attempts,
    },
    // there is no response of a record that was never delivered
    responseContext: error === undefined ? null : { statusCode: 200, executedVersion: '$LATEST', functionError: error },
    version: '1.0',
    timestamp: new Date(failedAt).toISOString(),
    KafkaBatchInfo: {
      batchSize: records.length,
      bootstrapServers,
      payloadSize: Buffer.byteLength(payload),
      ...info,
    },
  };
}

/** The event of the record alone, however large. */
function eventOf({ topic, partition, bootstrapServers }: Failure, record: SourceRecord): string {
  const event = new EventBuilder({
    topic,
    partition,
    bootstrapServers,
    maxRecords: 1,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  event.add(record);
  return event.payload();
}

const timeOf = ({ timestamp }: SourceRecord): string | number => {
  const time = new Date(timestamp);
  return Number.isNaN(time.valueOf()) ? timestamp : time.toISOString();
};

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
