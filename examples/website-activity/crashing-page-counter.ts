/** The page counter as a version of it that is broken: it stores its counts, and dies before it can say so. */
import type { SelfManagedKafkaEvent } from 'aws-lambda';
import { handler as count } from './page-counter.ts';

export async function handler(event: SelfManagedKafkaEvent): Promise<never> {
  await count(event);
  process.exit(1);
}
