/** Emulated stores on the DynamoDB and S3 adapters, which count every request on the wire. */
import { LocalTailSignal } from '../../lib/adapters/system/local-tail-signal.ts';
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import { SystemRandom } from '../../lib/adapters/system/system-random.ts';
import { awsLogSettings } from '../../lib/log/deps.ts';
import { createLogServices, type LogServices } from '../../lib/log/log-services.ts';
import { noRollStarter } from '../../lib/ports/roll-starter.ts';
import { openDynamoTable, openS3Bucket } from '../contract/support/aws-stores.ts';
import { startDynamoEmulator, startS3Emulator } from '../contract/support/emulators.ts';
import { countRequests } from '../contract/support/request-counter.ts';

export interface CountedStores {
  /** A worker that believes nothing yet. */
  worker(): LogServices;
  /** The requests of one call: those of both tables and of the bucket, by operation. */
  requestsOf(call: () => Promise<unknown>): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export async function openCountedStores(): Promise<CountedStores> {
  const emulators = [await startDynamoEmulator(), await startS3Emulator()] as const;
  const [dynamo, s3] = emulators;
  const log = await openDynamoTable(dynamo.url);
  const cluster = await openDynamoTable(dynamo.url);
  const bucket = await openS3Bucket(s3.url);
  const counters = [log.client, cluster.client, bucket.client].map(client => countRequests(client));
  return {
    worker: () =>
      createLogServices({
        log: log.table,
        cluster: cluster.table,
        objects: bucket.store,
        clock: new SystemClock(),
        random: new SystemRandom(),
        tailSignal: new LocalTailSignal(),
        rollStarter: noRollStarter,
        settings: awsLogSettings,
      }),
    async requestsOf(call) {
      for (const counter of counters) counter.take();
      await call();
      const sums: Record<string, number> = {};
      for (const counter of counters) {
        for (const [operation, count] of Object.entries(counter.take())) {
          sums[operation] = (sums[operation] ?? 0) + count;
        }
      }
      return sums;
    },
    async close() {
      for (const fixture of [log, cluster, bucket]) await fixture.close();
      for (const emulator of emulators) await emulator.close();
    },
  };
}
