/** The list of a partition's segments. */
import { expect } from 'vitest';
import * as z from 'zod';
import type { Answer, Client } from '../client.ts';

const segment = z.strictObject({
  base_offset: z.int().nonnegative(),
  last_offset: z.int().nonnegative(),
  size_in_bytes: z.int().positive(),
  max_timestamp: z.int().min(-1),
  url: z.url(),
});

const segmentList = z.strictObject({
  kind: z.literal('MillraceSegmentList'),
  metadata: z.strictObject({ self: z.url(), next: z.url().nullable() }),
  data: z.array(segment),
});

export type Segment = z.infer<typeof segment>;

/** One page; the caller checks the answer. */
export const getSegments = (client: Client, topic: string, query = '', partition = 0): Promise<Answer> =>
  client.get(`…/topics/${topic}/partitions/${partition}/segments${query}`);

export function segmentPage(answer: { readonly status: number; readonly json: unknown }): z.infer<typeof segmentList> {
  expect(answer.status, JSON.stringify(answer.json)).toBe(200);
  return segmentList.parse(answer.json);
}

/** Every segment, page after page by the links of the answers. */
export async function listSegments(client: Client, topic: string, query = ''): Promise<readonly Segment[]> {
  let page = segmentPage(await getSegments(client, topic, query));
  const segments = [...page.data];
  while (page.metadata.next) {
    page = segmentPage(await client.follow(page.metadata.next));
    segments.push(...page.data);
  }
  return segments;
}
