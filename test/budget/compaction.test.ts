/** What compaction and lookups by key cost in requests, on the DynamoDB and S3 adapters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import { KeyViews } from '../../lib/fetch/key-views.ts';
import { latestRecords } from '../../lib/fetch/latest-records.ts';
import { snapshotRecords } from '../../lib/fetch/snapshot-records.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { compactPartition } from '../../lib/maintenance/maintain-partition.ts';
import { newReport } from '../../lib/maintenance/report.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import { awsMaintenanceSettings } from '../../lib/maintenance/services.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { type CountedStores, openCountedStores } from './counted-stores.ts';

const NAME = 'seen';
const config = { 'cleanup.policy': 'compact', 'segment.bytes': '1000000' };

let stores: CountedStores;
let topicId: string;

beforeAll(async () => {
  stores = await openCountedStores();
  ({ topicId } = await createTopic(worker(), { name: NAME, config: new Map(Object.entries(config)) }));
});

afterAll(() => stores.close());

/** A worker that believes nothing yet, and may maintain; all of them lead as one. */
function worker() {
  const services = stores.worker();
  const { manifests } = services.logs;
  const maintenance = { ...awsMaintenanceSettings, keepsLead: true };
  return { ...services, manifests, brokerId: 1, maintenance, keyViews: new KeyViews(services) };
}

const requestsOf = (call: () => Promise<unknown>) => stores.requestsOf(call);

const soon = () => deadlineIn(new SystemClock(), 20_000);

async function produce(...keys: readonly string[]): Promise<void> {
  const records = keys.map(key => ({ key: Buffer.from(key), value: Buffer.from('v') }));
  await produceRecords(worker(), { topic: NAME, records, deadline: soon() });
}

const roll = () => rollPartition(worker(), { topicId, partition: 0 }, { config, deadline: soon(), isForced: true });

const compact = (services: ReturnType<typeof worker>) =>
  compactPartition(services, { topicId, partition: 0 }, { name: NAME, config, deadline: soon(), report: newReport() });

describe('compaction', () => {
  it('costs 4 GETs of objects, 2 PUTs and 1 write for two segments that become one, and 1 get where none is due', async () => {
    for (let round = 0; round < 2; round++) {
      await produce('a', 'b');
      await roll();
    }
    const services = worker();
    expect(await requestsOf(() => compact(services))).toEqual({
      // the state before and after; state and lease to lead, for the keys of each segment and for the result; the topic; a look at what to roll
      GetItem: 12,
      // the roll between: the hot end is empty
      Query: 2,
      // the manifest, and each segment for its keys and to be cleaned
      GetObject: 5,
      PutObject: 2,
      PutItem: 1,
    });
    expect(await requestsOf(() => compact(services))).toEqual({ GetItem: 1 });
  });
});

describe('the newest record of a key', () => {
  it('costs the topic, the end and what is new, and a read of the record, where the worker has looked before', async () => {
    const services = worker();
    const latest = () => latestRecords(services, { topic: NAME, keys: [Buffer.from('a')], maxBytes: 1 << 20 }, soon());
    await latest();
    expect(await requestsOf(latest)).toEqual({ GetItem: 1, Query: 2, GetObject: 1 });
    await produce('a');
    expect(await requestsOf(latest)).toEqual({ GetItem: 1, Query: 3 });
  });

  it('of all keys costs the same as a read of the log from its start, and one read of its end', async () => {
    const services = worker();
    const snapshot = () => snapshotRecords(services, { topic: NAME, partition: 0, maxBytes: 1 << 20 }, soon());
    await snapshot();
    expect(await requestsOf(snapshot)).toEqual({ GetItem: 1, Query: 3, GetObject: 1 });
  });
});
