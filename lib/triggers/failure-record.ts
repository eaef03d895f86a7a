/**
 * What an on-failure destination is sent of records that were given up: AWS Lambda's invocation record of a Kafka batch, with the
 * coordinates of the records. A bucket gets the event besides; a topic gets one record for each that failed, with the record itself.
 *
 * Shape: "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources" in the developer guide of AWS Lambda.
 */

import type { Trigger } from './cells.ts';
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
  const { trigger, topic, partition, records, reason, attempts, error, payload, bootstrapServers, failedAt } = failure;
  const [first, last] = [records[0], records.at(-1)];
  return {
    requestContext: {
      requestId: `${trigger.triggerId}-${topic}-${partition}-${first?.offset ?? 0}`,
      functionArn: trigger.function,
      condition: reason,
      approximateInvokeCount: attempts,
    },
    // there is no response of a record that was never delivered
    ...(error !== undefined && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: error },
    }),
    version: '1.0',
    timestamp: new Date(failedAt).toISOString(),
    KafkaBatchInfo: {
      batchSize: records.length,
      bootstrapServers,
      payloadSize: Buffer.byteLength(payload),
      recordsInfo: {
        [`${topic}-${partition}`]: {
          firstRecordOffset: first?.offset,
          lastRecordOffset: last?.offset,
          firstRecordTimestamp: first && timeOf(first),
          lastRecordTimestamp: last && timeOf(last),
        },
      },
    },
  };
}

/** A record for a topic; its key is that of the record that failed in its log, so that one which is sent twice is known for the same. */
export interface FailedRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * A record for each that failed: its invocation record, and itself as `payload`.
 *
 * @param withPayload without, for a topic that takes no record so large
 */
export function failedRecords(failure: Failure, { withPayload }: { readonly withPayload: boolean }): FailedRecord[] {
  const { topic, partition } = failure;
  return failure.records.map(record => {
    const metadata = failureMetadata({ ...failure, records: [record] });
    const value = { ...metadata, payload: withPayload ? asPayload(topic, partition, record) : null };
    return { key: bytesOf(`${topic}-${partition}-${record.offset}`), value: bytesOf(JSON.stringify(value)) };
  });
}

const asPayload = (topic: string, partition: number, record: SourceRecord) => ({
  topic,
  partition,
  offset: record.offset,
  timestamp: record.timestamp,
  timestampType: record.timestampType,
  key: record.key && base64(record.key),
  value: record.value && base64(record.value),
  headers: record.headers.map(({ key, value }) => ({ [key]: value && base64(value) })),
});

const timeOf = ({ timestamp }: SourceRecord): string | number => {
  const time = new Date(timestamp);
  return Number.isNaN(time.valueOf()) ? timestamp : time.toISOString();
};

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
