/** Producing good records, in each form, and what is acknowledged. */
import { expect } from 'vitest';
import type * as z from 'zod';
import { type Answer, type Client, mediaType } from '../client.ts';
import { parseConcatenated } from './concatenated-json.ts';
import { batchReport, deliveryReport, produced, producer } from './shapes.ts';

export interface RecordV2 {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly partition?: number;
  readonly timestamp?: number;
  readonly headers?: readonly { readonly key: string; readonly value: string | null }[];
}

interface DataV3 {
  readonly type: string;
  readonly data?: unknown;
}

export interface RecordV3 {
  readonly key?: DataV3 | null;
  readonly value?: DataV3 | null;
  readonly partition_id?: number;
  readonly timestamp?: string;
  readonly headers?: readonly { readonly name: string; readonly value: string | null }[];
}

export interface Stored {
  readonly partition: number;
  readonly offset: number;
}

export type Report = Extract<z.infer<typeof deliveryReport>, { cluster_id: string }>;

/** An idempotent producer's part of a v2 request. */
export interface Sequence {
  readonly producer_id: number;
  readonly producer_epoch: number;
  readonly sequence: number;
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A value that is the text, on v3. */
export const stringOf = (data: string): DataV3 => ({ type: 'STRING', data });

/** Records with the values, on v2. */
export const valuesOf = (...values: unknown[]): RecordV2[] => values.map(value => ({ value }));

/** v2, to `/topics/{t}` or `/topics/{t}/partitions/{p}`; the caller checks the answer. */
export function postV2(client: Client, path: string, records: readonly RecordV2[], sequence?: Sequence) {
  return client.post(path, { ...sequence, records }, mediaType.json);
}

/** v2 JSON, every record acknowledged. */
export async function produceV2(client: Client, path: string, records: readonly RecordV2[], sequence?: Sequence) {
  return acknowledged(await postV2(client, path, records, sequence));
}

/** Where the records are, all of which the answer must acknowledge. */
export function acknowledged(answer: Answer): Stored[] {
  expect(answer.status, answer.text).toBe(200);
  return produced.parse(answer.json).offsets.map(({ partition, offset, error }) => {
    if (typeof partition === 'number' && typeof offset === 'number') return { partition, offset };
    return expect.fail(`a record is refused: ${error}`);
  });
}

export const recordsPath = (topic: string) => `…/topics/${topic}/records`;

/** v3, one object after the other; the caller checks the answer. */
export function postV3(client: Client, topic: string, records: readonly RecordV3[]): Promise<Answer> {
  const body = records.map(record => JSON.stringify(record)).join('\n');
  return client.send('POST', recordsPath(topic), { body, type: 'application/json' });
}

/** The reports of a v3 answer, good and bad. */
export function reportsOf(answer: Answer): z.infer<typeof deliveryReport>[] {
  expect(answer.status, answer.text).toBe(200);
  return parseConcatenated(answer.text).map(report => deliveryReport.parse(report));
}

/** v3, every record acknowledged. */
export async function produceV3(client: Client, topic: string, ...records: RecordV3[]): Promise<Report[]> {
  const reports = reportsOf(await postV3(client, topic, records)).map(report =>
    'message' in report ? expect.fail(`a record is refused: ${report.message}`) : report,
  );
  expect(reports).toHaveLength(records.length);
  return reports;
}

export type BatchEntry = RecordV3 & { readonly id: string };

export function postBatch(client: Client, topic: string, entries: readonly BatchEntry[]): Promise<Answer> {
  return client.post(`${recordsPath(topic)}:batch`, { entries });
}

export async function produceBatch(client: Client, topic: string, entries: readonly BatchEntry[]) {
  const answer = await postBatch(client, topic, entries);
  expect(answer.status, answer.text).toBe(207);
  return batchReport.parse(answer.json);
}

/** An id and an epoch that nobody has. */
export async function newProducer(client: Client): Promise<Omit<Sequence, 'sequence'>> {
  const answer = await client.send('POST', '…/producers');
  expect(answer.status, answer.text).toBe(201);
  const { producer_id, producer_epoch } = producer.parse(answer.json);
  return { producer_id, producer_epoch };
}
