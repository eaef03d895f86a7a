/** The aws adapters on dynalite and s3rver in this process, with tables and a bucket of their own. */
import { openDynamoTable, openS3Bucket } from '../contract/support/aws-stores.ts';
import { startDynamoEmulator, startS3Emulator } from '../contract/support/emulators.ts';
import { countRequests } from '../contract/support/request-counter.ts';
import type { Stores } from './stores.ts';

export interface AwsStores extends Stores, AsyncDisposable {
  /** Requests that went over the wire since the last call of this, every attempt of the SDK included. */
  takeRequests(): number;
}

export async function startAwsStores(): Promise<AwsStores> {
  const stack = new AsyncDisposableStack();
  const dynamo = await startDynamoEmulator();
  stack.defer(dynamo.close);
  const s3 = await startS3Emulator();
  stack.defer(s3.close);
  const log = await openDynamoTable(dynamo.url);
  stack.defer(log.close);
  const cluster = await openDynamoTable(dynamo.url);
  stack.defer(cluster.close);
  const bucket = await openS3Bucket(s3.url);
  stack.defer(bucket.close);
  const counters = [log.client, cluster.client, bucket.client].map(countRequests);
  return {
    log: log.table,
    cluster: cluster.table,
    objects: bucket.store,
    takeRequests: () =>
      counters.flatMap(counter => Object.values(counter.take())).reduce((sum, count) => sum + count, 0),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
