/**
 * The event that a trigger's function receives: field by field what AWS Lambda delivers for a self-managed Kafka cluster, so functions
 * and libraries written for that work unchanged. All records of an event are of one partition.
 *
 *     {"eventSource":"SelfManagedKafka","bootstrapServers":"…","records":{"click-0":[{"topic":"click","partition":0,"offset":15,
 *       "timestamp":1545084650987,"timestampType":"CREATE_TIME","key":"YWJj","value":"SGVsbG8=","headers":[{"name":[104,105]}]}]}}
 *
 * `key` is left out where the record has none, and the `value` of a tombstone is null. Shape: "Using Lambda with Apache Kafka" in the
 * developer guide of AWS Lambda, and `SelfManagedKafkaEvent` of `@types/aws-lambda`.
 *
 * The JSON is put together from the records' own texts, each written once, so that the size of an event is known as it grows.
 */
import type { SourceRecord } from './record-source.ts';

export interface EventOptions {
  readonly topic: string;
  readonly partition: number;
  readonly bootstrapServers: string;
  readonly maxRecords: number;
  /** Of the whole JSON, as UTF-8. */
  readonly maxBytes: number;
}

export class EventBuilder {
  readonly #options: EventOptions;
  readonly #head: string;
  /** What every record begins with. */
  readonly #place: string;
  readonly #records: string[] = [];
  #sizeInBytes: number;

  constructor(options: EventOptions) {
    const { topic, partition, bootstrapServers } = options;
    this.#options = options;
    const source = `"eventSource":"SelfManagedKafka","bootstrapServers":${JSON.stringify(bootstrapServers)}`;
    this.#head = `{${source},"records":{${JSON.stringify(`${topic}-${partition}`)}:[`;
    this.#place = `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`;
    this.#sizeInBytes = Buffer.byteLength(this.#head) + TAIL.length;
  }

  get count(): number {
    return this.#records.length;
  }

  /** Bytes of the event's JSON. */
  get sizeInBytes(): number {
    return this.#sizeInBytes;
  }

  /** Adds the record, unless the event would have too many, or be too large. An event without records has room for any that fits alone. */
  add(record: SourceRecord): boolean {
    const { maxRecords, maxBytes } = this.#options;
    if (this.count >= maxRecords) return false;
    const comma = this.count === 0 ? 0 : 1;
    const room = maxBytes - this.#sizeInBytes - comma;
    // its text is not even written where its bytes alone are too many
    if (leastBytes(record) > room) return false;
    const text = this.#textOf(record);
    const sizeInBytes = Buffer.byteLength(text);
    if (sizeInBytes > room) return false;
    this.#records.push(text);
    this.#sizeInBytes += sizeInBytes + comma;
    return true;
  }

  payload(): string {
    return `${this.#head}${this.#records.join(',')}${TAIL}`;
  }

  #textOf({ offset, timestamp, timestampType, key, value, headers }: SourceRecord): string {
    const time = `"timestamp":${timestamp},"timestampType":"${timestampType}"`;
    const keyed = key === null ? '' : `,"key":"${base64(key)}"`;
    const valued = value === null ? 'null' : `"${base64(value)}"`;
    const named = headers.map(header => `{${JSON.stringify(header.key)}:${bytesText(header.value)}}`);
    return `${this.#place}${offset},${time}${keyed},"value":${valued},"headers":[${named.join(',')}]}`;
  }
}

const TAIL = ']}}';

/** What the record takes at least: base64 of its key and value, and two characters for each byte of its headers. */
function leastBytes({ key, value, headers }: SourceRecord): number {
  const encoded = (bytes: Uint8Array | null) => (bytes === null ? 0 : 4 * Math.ceil(bytes.byteLength / 3));
  return headers.reduce((sum, header) => sum + 2 * (header.value?.byteLength ?? 0), encoded(key) + encoded(value));
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/**
 * Bytes are signed there, as in Java: `[-61,-85]` is ë. Readers in Rust and .NET take no others (awslabs/aws-lambda-rust-runtime#688,
 * aws/aws-lambda-dotnet#1476). A header without a value is an empty one: the type has no null.
 */
function bytesText(bytes: Uint8Array | null): string {
  if (bytes === null) return '[]';
  return `[${new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).join(',')}]`;
}
