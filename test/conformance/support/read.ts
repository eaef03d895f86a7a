/** Reading without a group, and where partitions end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Answer, type Client, mediaType } from '../client.ts';
import { type ReadRecord, record } from './shapes.ts';

export interface ReadOptions {
  readonly partition?: number;
  readonly offset?: number;
  readonly timeout?: number;
  readonly maxBytes?: number;
  readonly accept?: string;
}

/** One groupless read; the caller checks the answer. */
export function readPage(client: Client, topic: string, options: ReadOptions = {}): Promise<Answer> {
  const { partition = 0, offset = 0, timeout = 0, maxBytes = 1 << 20, accept = mediaType.json } = options;
  const query = `offset=${offset}&timeout=${timeout}&max_bytes=${maxBytes}`;
  return client.get(`/topics/${topic}/partitions/${partition}/records?${query}`, accept);
}

export interface Page {
  readonly records: readonly ReadRecord[];
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly nextOffset: number;
}

/** The records and the marks of a groupless answer. */
export function pageOf(answer: Answer): Page {
  expect(answer.status, answer.text).toBe(200);
  return { records: record.array().parse(answer.json), ...marksOf(answer) };
}

/** What every groupless answer tells in its headers. */
export function marksOf({ headers }: Answer): Omit<Page, 'records'> {
  const mark = (name: string) => {
    const value = headers.get(name);
    expect(value, name).toMatch(/^[0-9]+$/);
    return Number(value);
  };
  return {
    highWatermark: mark('millrace-high-watermark'),
    logStartOffset: mark('millrace-log-start-offset'),
    nextOffset: mark('millrace-next-offset'),
  };
}

export async function read(client: Client, topic: string, options: ReadOptions = {}): Promise<readonly ReadRecord[]> {
  return pageOf(await readPage(client, topic, options)).records;
}

/** The values as stored, as text; `null` is a tombstone. */
export async function readTexts(client: Client, topic: string, options: ReadOptions = {}) {
  const records = await read(client, topic, { ...options, accept: mediaType.binary });
  return records.map(({ value }) => textOf(value));
}

/** Text that was base64. */
export const textOf = (value: unknown): string | null =>
  value === null ? null : Buffer.from(String(value), 'base64').toString();

/** Page after page, by the next offset that each answer names, to the high watermark. */
export async function readAll(client: Client, topic: string, options: ReadOptions = {}): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for (let offset = options.offset ?? 0; ; ) {
    const page = pageOf(await readPage(client, topic, { ...options, offset }));
    records.push(...page.records);
    if (page.nextOffset >= page.highWatermark) return records;
    expect(page.nextOffset, 'the next offset').toBeGreaterThan(offset);
    offset = page.nextOffset;
  }
}

/** Where each partition of the topic ends. */
export async function endOffsets(client: Client, topic: string): Promise<number[]> {
  const partitions = (await client.get(`/topics/${topic}/partitions`)).json as { partition: number }[];
  return Promise.all(partitions.map(({ partition }) => endOffset(client, topic, partition)));
}

/** The same of a topic that never got more partitions, in fewer requests. */
const endOffsetsAsCreated = (client: Client, topic: string): Promise<number[]> =>
  Promise.all(
    Array.from({ length: client.partitionsOf(topic) }, (_, partition) => endOffset(client, topic, partition)),
  );

export async function endOffset(client: Client, topic: string, partition = 0): Promise<number> {
  const answer = await client.get(`/topics/${topic}/partitions/${partition}/offsets`);
  expect(answer.status, answer.text).toBe(200);
  return (answer.json as { end_offset: number }).end_offset;
}

/** Does what must store nothing, and proves that it did not. */
export async function storingNothing<T>(client: Client, topic: string, act: () => Promise<T>): Promise<T> {
  const before = await endOffsetsAsCreated(client, topic);
  const result = await act();
  expect(await endOffsetsAsCreated(client, topic), 'where the partitions end').toEqual(before);
  return result;
}

/** What another worker may believe in it for so long, and two seconds. */
const BELIEF_MS = 12_000;

/** Tries again until it holds, for as long as other workers may go by what they believe. */
export async function eventually<T>(look: () => Promise<T>, withinMs = BELIEF_MS): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(250);
    }
  }
}
