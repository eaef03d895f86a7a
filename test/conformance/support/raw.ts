/**
 * Raw record batches: bodies made by Millrace's own encoder or by `@platformatic/kafka`, answers read by the latter alone.
 */
import { crc32c, Reader, type RecordsBatch, readRecordsBatches } from '@platformatic/kafka';
import { expect } from 'vitest';
import { type EncodeBatchOptions, encodeBatch } from '../../../lib/record/encode-batch.ts';
import { type Answer, type Client, mediaType } from '../client.ts';
import { acknowledged, type Stored } from './produce.ts';
import { marksOf, type Page, type ReadOptions, readPage } from './read.ts';

/** Where a batch's fields begin, by Kafka's documentation. */
export const field = {
  baseOffset: 0,
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  baseTimestamp: 27,
  maxTimestamp: 35,
  recordsCount: 57,
} as const;

export const bit = { logAppendTime: 1 << 3, transactional: 1 << 4, control: 1 << 5 } as const;

/** A batch of records with the texts as values, one millisecond apart. */
export function batchOf(values: readonly string[], options: Partial<EncodeBatchOptions> = {}): Buffer {
  const records = values.map((value, index) => ({
    timestamp: 1_700_000_000_000 + index,
    key: Buffer.from(`k${index}`),
    value: Buffer.from(value),
    headers: [],
  }));
  return Buffer.from(encodeBatch({ records, codec: 'none', ...options }));
}

/** The batch changed, and its CRC made right again unless told otherwise. */
export function changed(batch: Buffer, change: (copy: Buffer) => void, { fixCrc = true } = {}): Buffer {
  const copy = Buffer.from(batch);
  change(copy);
  if (fixCrc) copy.writeUInt32BE(crc32c(copy.subarray(field.attributes)), field.crc);
  return copy;
}

export const withAttributes = (batch: Buffer, bits: number): Buffer =>
  changed(batch, copy => copy.writeInt16BE(copy.readInt16BE(field.attributes) | bits, field.attributes));

export function postRaw(client: Client, topic: string, body: Uint8Array, partition = 0): Promise<Answer> {
  return client.send('POST', `/topics/${topic}/partitions/${partition}`, { body, type: mediaType.batch });
}

/** One base offset per batch. */
export async function produceRaw(client: Client, topic: string, body: Uint8Array, partition = 0): Promise<Stored[]> {
  return acknowledged(await postRaw(client, topic, body, partition));
}

export interface RawPage extends Omit<Page, 'records'> {
  readonly bytes: Buffer;
  readonly batches: readonly RecordsBatch[];
}

/** Stored batches as they are, their CRCs right. */
export async function readRaw(client: Client, topic: string, options: ReadOptions = {}): Promise<RawPage> {
  const answer = await readPage(client, topic, { ...options, accept: mediaType.batch });
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
  expect(answer.type).toBe(mediaType.batch);
  return { bytes: answer.bytes, batches: parseBatches(answer.bytes), ...marksOf(answer) };
}

/** The batches that stand end to end, their CRCs right. */
export function parseBatches(bytes: Buffer): RecordsBatch[] {
  if (bytes.length === 0) return [];
  let at = 0;
  const batches = readRecordsBatches(Reader.from(bytes));
  for (const { length, crc, magic } of batches) {
    expect(magic).toBe(2);
    const end = at + 12 + length;
    expect(crc32c(bytes.subarray(at + field.attributes, end)), `the CRC of the batch at ${at}`).toBe(crc);
    at = end;
  }
  expect(at, 'where the last batch ends').toBe(bytes.length);
  return batches;
}

/** The values of the batches' records, as text. */
export const textsIn = (batches: readonly RecordsBatch[]): (string | undefined)[] =>
  batches.flatMap(({ records }) => records.map(({ value }) => value?.toString()));
