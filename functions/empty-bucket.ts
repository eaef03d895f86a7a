/**
 * Empties the bucket of an ephemeral stack, when CloudFormation is about to delete it.
 */
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import type { ObjectStore } from '../lib/ports/object-store.ts';
import { answering } from './custom-resource.ts';
import { openBucket } from './stores.ts';

/** What S3 deletes with one request. */
const KEYS_PER_DELETE = 1_000;

/** Kept back of the function's time, to say that it was not enough. */
const ANSWER_RESERVE_MS = 30_000;

export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const hasTime = () => context.getRemainingTimeInMillis() > ANSWER_RESERVE_MS;
  return answering(event, async () => {
    if (event.RequestType === 'Delete') await emptyStore(openBucket(), hasTime);
    return event.LogicalResourceId;
  });
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
