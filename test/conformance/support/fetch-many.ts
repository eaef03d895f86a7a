/** `records:fetch`: many topic partitions in one request. */
import { expect } from 'vitest';
import * as z from 'zod';
import type { Answer, Client } from '../client.ts';

const record = z.strictObject({
  offset: z.int(),
  timestamp: z.int(),
  key: z.unknown(),
  value: z.unknown(),
  headers: z.array(z.strictObject({ key: z.string(), value: z.base64().nullable() })),
});

const partition = z.strictObject({
  partition: z.int(),
  error_code: z.int(),
  message: z.string().optional(),
  high_watermark: z.int(),
  log_start_offset: z.int(),
  next_offset: z.int(),
  records: z.array(record),
});

const fetched = z.strictObject({
  topics: z.array(z.strictObject({ topic: z.string(), partitions: z.array(partition) })),
});

interface Asked {
  readonly partition: number;
  readonly fetch_offset: number;
  readonly partition_max_bytes?: number;
}

/** A partition to ask for. */
export const from = (partition: number, fetch_offset: number, partition_max_bytes?: number): Asked => ({
  partition,
  fetch_offset,
  ...(partition_max_bytes !== undefined && { partition_max_bytes }),
});

export interface FetchManyOptions {
  readonly max_bytes?: number;
  readonly max_wait_ms?: number;
  readonly min_bytes?: number;
}

/** Asks for partitions by topic. */
export function fetchMany(
  client: Client,
  topics: Readonly<Record<string, readonly Asked[]>>,
  options: FetchManyOptions = {},
  accept?: string,
): Promise<Answer> {
  const asked = Object.entries(topics).map(([topic, partitions]) => ({ topic, partitions }));
  return client.send('POST', '…/records:fetch', { json: { topics: asked, ...options }, ...(accept && { accept }) });
}

/** The partitions of an answer, in its order. */
export function partitionsOf(answer: Answer) {
  expect(answer.status, answer.text).toBe(200);
  return fetched
    .parse(answer.json)
    .topics.flatMap(({ topic, partitions }) => partitions.map(partition => ({ topic, ...partition })));
}
