/**
 * Maintenance is killed at every await point: at each of its port calls in turn, before the call and after it took effect. Whatever
 * is left, readers see every record, and the next runs finish the job and leave no orphan.
 */
import { describe, expect, it } from 'vitest';
import { entrySk, logKeyOf } from '../../lib/log/catalogue.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { maintainAll } from '../../lib/maintenance/maintain.ts';
import { mergeSegments } from '../../lib/maintenance/merge-segments.ts';
import { SECOND_REMOVAL_MS } from '../../lib/maintenance/remove-topic.ts';
import { newReport } from '../../lib/maintenance/report.ts';
import { retainLog } from '../../lib/maintenance/retain-log.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import type { MaintenanceServices } from '../../lib/maintenance/services.ts';
import { sweepObjects } from '../../lib/maintenance/sweep-objects.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { batchOf } from '../support/batches.ts';
import { FAR } from '../support/far-deadline.ts';
import { type Death, Kill } from '../support/kill.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';
import { appendEach, at, HOUR, readAll, retained, rollAll, texts } from '../support/rolled-log.ts';

const BIG = 'b'.repeat(400);

const records = [...texts(0, 3), BIG, ...texts(5, 9), BIG, ...texts(11, 14)];

interface Job {
  readonly prepare: (stores: TestStores) => Promise<unknown>;
  readonly run: (services: MaintenanceServices) => Promise<unknown>;
  /** What a reader from the log start sees afterwards, whether the job was done or not. */
  readonly mayRead: readonly (readonly string[])[];
}

const worker = (stores: TestStores): TestWorker =>
  stores.worker({ settings: { inlineBytes: 200, segmentsListed: 4 }, maintenance: { mergeFanIn: 3 } });

const prepareHot = (stores: TestStores) => appendEach(worker(stores), records);

async function prepareSegments(stores: TestStores): Promise<void> {
  await prepareHot(stores);
  await rollAll(worker(stores), 150);
  await stores.clock.advance(HOUR);
}

/** Something to sweep: folded batches, replaced segments and manifests, and a big batch that has no entry. */
async function prepareSweep(stores: TestStores): Promise<void> {
  await stores.objects.put(`batches/${logKeyOf(at)}/orphan`, new Uint8Array(10));
  await prepareSegments(stores);
  await sweepObjects(worker(stores).maintenance, at, FAR);
  await stores.clock.advance(24 * HOUR);
}

const jobs: Readonly<Record<string, Job>> = {
  rolling: {
    prepare: prepareHot,
    run: services => rollPartition(services, at, { config: { 'segment.bytes': '600' }, deadline: FAR, isForced: true }),
    mayRead: [records],
  },
  merging: {
    prepare: prepareSegments,
    run: services => mergeSegments(services, at, { config: { 'segment.bytes': '5000' }, deadline: FAR }),
    mayRead: [records],
  },
  retention: {
    prepare: prepareSegments,
    run: services => retainLog(services, at, retained({ 'retention.ms': '-1', 'retention.bytes': '700' })),
    mayRead: [records, records.slice(10)],
  },
  sweeping: {
    prepare: prepareSweep,
    run: services => sweepObjects(services, at, FAR),
    mayRead: [records],
  },
};

/** Runs a job in a worker that is killed at its call number `call`; tells whether it came so far. */
async function killedAt(stores: TestStores, run: Job['run'], death: Death): Promise<boolean> {
  const { maintenance, faults, calls } = worker(stores);
  const kill = new Kill(death);
  faults.intercept = (_call, apply) => kill.pass(apply);
  await Promise.race([kill.happened, run(maintenance)]);
  expect(calls.length).toBeGreaterThan(0);
  return kill.isDead;
}

/** Runs everything again as the schedule does, until all is done and swept. */
async function finish(stores: TestStores, run: Job['run']): Promise<void> {
  await stores.clock.advance(2 * 60_000);
  await run(worker(stores).maintenance);
  await rollPartition(worker(stores).maintenance, at, { config: {}, deadline: FAR, isForced: true });
  for (let day = 0; day < 4; day++) {
    await stores.clock.advance(24 * HOUR);
    await sweepObjects(worker(stores).maintenance, at, FAR);
  }
}

async function keysOf(stores: TestStores, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of stores.objects.list(prefix)) keys.push(key);
  return keys;
}

/** The objects that the present manifest needs, itself among them. */
async function neededKeys(stores: TestStores): Promise<string[]> {
  const { manifests, cluster } = worker(stores).maintenance;
  const item = await cluster.get({ pk: `partition/${logKeyOf(at)}`, sk: 'state' });
  const key = item?.attributes.manifestKey as string | undefined;
  const manifest = await manifests.read(key);
  const segments = await manifests.segmentsOf(manifest);
  const chapters = manifest.chapters.map(({ objectKey }) => objectKey);
  return [...(key === undefined ? [] : [key]), ...chapters, ...segments.flatMap(({ objectKey }) => objectKey ?? [])];
}

describe.each(Object.entries(jobs))('%s, killed', (_name, { prepare, run, mayRead }) => {
  it.each([false, true])('at any call (applied: %s) loses nothing, and is finished by the next run', async applied => {
    for (let call = 0; ; call++) {
      const stores = memoryStores();
      await prepare(stores);
      const isKilled = await killedAt(stores, run, { call, applied });
      expect(mayRead).toContainEqual(await readFromStart(stores));
      await finish(stores, run);
      expect(mayRead.at(-1)).toEqual(await readFromStart(stores));
      expect((await keysOf(stores)).sort()).toEqual((await neededKeys(stores)).sort());
      if (!isKilled) return expect(call).toBeGreaterThan(5);
    }
  });
});

async function readFromStart(stores: TestStores): Promise<string[]> {
  const { logStartOffset } = await stores.worker().services.logs.of(at).reader.bounds();
  return readAll(stores, logStartOffset);
}

describe('the removal of a deleted topic, killed', () => {
  it.each([false, true])(
    'at any call (applied: %s) is finished by the next runs, and nothing is left',
    async applied => {
      for (let call = 0; ; call++) {
        const stores = memoryStores();
        const topic = await topicToDelete(stores);
        const run = async (services: MaintenanceServices) => {
          await deleteTopic(services, 'doomed');
          await maintainAll(services, { deadline: FAR, report: newReport() });
        };
        const isKilled = await killedAt(stores, run, { call, applied });
        await stores.clock.advance(60_000);
        await deleteTopic(worker(stores).services, 'doomed').catch(() => undefined);
        for (let times = 0; times < 3; times++) {
          await maintainAll(worker(stores).maintenance, { deadline: FAR, report: newReport() });
          await stores.clock.advance(SECOND_REMOVAL_MS);
          if (times === 0) await appendLate(stores, topic);
        }
        expect(await keysOf(stores)).toEqual([]);
        expect(stores.log.all()).toEqual([]);
        expect(stores.cluster.all()).toEqual([]);
        if (!isKilled) return;
      }
    },
  );
});

async function topicToDelete(stores: TestStores): Promise<TopicPartition> {
  const { services, maintenance } = worker(stores);
  const { topicId } = await createTopic(services, { name: 'doomed', partitions: 2 });
  const topic = { topicId, partition: 1 };
  for (const value of records) await appendTo(stores, topic, value);
  await rollPartition(maintenance, topic, { config: { 'segment.bytes': '600' }, deadline: FAR, isForced: true });
  await appendTo(stores, topic, 'hot');
  return topic;
}

async function appendTo(stores: TestStores, to: TopicPartition, value: string): Promise<void> {
  const { services } = worker(stores);
  await services.logs.of(to).append({ batches: [batchOf([value])], stampAppendTime: false }, FAR);
}

/** As a worker does that was frozen before its write. */
async function appendLate(stores: TestStores, { topicId, partition }: TopicPartition): Promise<void> {
  const key = { pk: `${topicId}/${partition}`, sk: entrySk(1_000) };
  await stores.log.create({ ...key, writeId: 'late', attributes: {} });
  await stores.objects.put(`batches/${topicId}/${partition}/late`, new Uint8Array(1));
}
