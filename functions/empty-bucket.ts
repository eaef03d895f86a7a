/**
 * Empties the bucket of an ephemeral stack, when CloudFormation is about to delete it.
 *
 * CloudFormation waits for the answer at the URL it gave: every way out of the handler sends one.
 */
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import type { ObjectStore } from '../lib/ports/object-store.ts';
import { openBucket } from './stores.ts';

/** What S3 deletes with one request. */
const KEYS_PER_DELETE = 1_000;

/** Kept back of the function's time, to say that it was not enough. */
const ANSWER_RESERVE_MS = 30_000;

export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const hasTime = () => context.getRemainingTimeInMillis() > ANSWER_RESERVE_MS;
  try {
    if (event.RequestType === 'Delete') await emptyStore(openBucket(), hasTime);
  } catch (error) {
    return answer(event, { Status: 'FAILED', Reason: String(error) });
  }
  return answer(event, { Status: 'SUCCESS' });
}

async function answer(
  event: CloudFormationCustomResourceEvent,
  outcome: Readonly<Record<string, string>>,
): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  const body = { ...outcome, StackId, RequestId, LogicalResourceId, PhysicalResourceId: LogicalResourceId };
  // As bytes, for text would be sent with a content type, which the signature in the URL does not cover.
  await fetch(ResponseURL, { method: 'PUT', body: Buffer.from(JSON.stringify(body)) });
}

/** Deletes every object, or throws when time runs out: what is deleted then stays so, and a second run goes on. */
export async function emptyStore(store: Pick<ObjectStore, 'list' | 'delete'>, hasTime: () => boolean): Promise<void> {
  let keys: string[] = [];
  for await (const { key } of store.list('')) {
    if (!hasTime()) throw new Error('more objects than one run can delete: delete the stack again');
    keys.push(key);
    if (keys.length < KEYS_PER_DELETE) continue;
    await store.delete(keys);
    keys = [];
  }
  await store.delete(keys);
}
