/** The process whose memory is measured: `memory-process.ts DYNAMODB_URL S3_URL TASK`; says what it took as JSON. */
import { awsLogSettings } from '../../lib/log/deps.ts';
import { openDynamoTable, openS3Bucket } from '../contract/support/aws-stores.ts';
import type { MemoryTask } from './memory.bench.ts';
import { RolledLog } from './rolled-log.ts';

const [dynamoUrl = '', s3Url = '', task = ''] = process.argv.slice(2);
const { logBytes, ...shape }: MemoryTask = JSON.parse(task);
const log = await openDynamoTable(dynamoUrl);
const cluster = await openDynamoTable(dynamoUrl);
const bucket = await openS3Bucket(s3Url);
const stores = { log: log.table, cluster: cluster.table, objects: bucket.store };
const rolled = new RolledLog({ stores, settings: awsLogSettings, shape });
await rolled.fillBytes(logBytes);
const rollSeconds = await secondsOf(() => rolled.roll());
const mergeSeconds = await secondsOf(() => rolled.merge());
const segments = (await rolled.segments()).length;
const maxRssBytes = process.resourceUsage().maxRSS * 1024;
// what it stored goes with the emulators
process.stdout.write(JSON.stringify({ segments, maxRssBytes, rollSeconds, mergeSeconds }), () => process.exit());

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1e3;
}
