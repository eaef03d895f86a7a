/** `records:fetch`: many topic partitions in one request. */
import { expect } from 'vitest';
import * as z from 'zod';
import type { Answer, Client } from '../client.ts';

const record = z.object({
  offset: z.int(),
  timestamp: z.int(),
  key: z.unknown(),
  value: z.unknown(),
  headers: z.array(z.object({ value: z.base64().nullable() })),
});

const partition = z.object({
  partition: z.int(),
  error_code: z.int(),
  high_watermark: z.int().nullish(),
  log_start_offset: z.int().nullish(),
  records: z.array(record).nullish(),
});

const fetched = z.object({
  topics: z.array(z.object({ topic: z.string(), partitions: z.array(partition) })),
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
    .topics.flatMap(({ topic, partitions }) =>
      partitions.map(partition => ({ topic, ...partition, records: partition.records ?? [] })),
    );
}
