/** Faults of maintenance and segments that were found after they had been written, each with its story. */
import { describe, expect, it } from 'vitest';
import {
  leaderKey,
  leaderLeaseAttributes,
  logKeyOf,
  sweepMarkAttributes,
  sweepMarkKey,
} from '../../lib/log/catalogue.ts';
import { findMaxTimestamp, findOffsetByTime } from '../../lib/log/find-offset.ts';
import { lead } from '../../lib/log/leader.ts';
import { readPartitionState } from '../../lib/log/partition-state.ts';
import { dropRolledEntries } from '../../lib/maintenance/drop-rolled-entries.ts';
import { maintainAll } from '../../lib/maintenance/maintain.ts';
import { maintainPartition } from '../../lib/maintenance/maintain-partition.ts';
import { newReport } from '../../lib/maintenance/report.ts';
import { retainLog } from '../../lib/maintenance/retain-log.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import { sweepObjects } from '../../lib/maintenance/sweep-objects.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { batchOf, idempotentOf } from '../support/batches.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';
import { appendEach, at, DAY, HOUR, readAll, rollAll, texts } from '../support/rolled-log.ts';

const ahead = ({ clock }: TestStores, ms: number): Clock => ({
  now: () => clock.now() + ms,
  monotonic: () => clock.monotonic(),
  sleep: sleepMs => clock.sleep(sleepMs),
});

const objectGets = ({ calls }: TestWorker, folder: string) =>
  calls.filter(({ operation, store, key }) => operation === 'get' && store === 'objects' && key.startsWith(folder));

describe('a clock that is far ahead', () => {
  it('cannot keep others from leading: a worker a month ahead took the lead and died, and entries would have expired unrolled', async () => {
    const stores = memoryStores();
    await appendEach(stores.worker(), ['a']);
    const lease = { brokerId: 99, leaderEpoch: 1, until: stores.clock.now() + 30 * DAY };
    await stores.cluster.create({ ...leaderKey(at), writeId: 'w', attributes: leaderLeaseAttributes(lease) });
    expect(await lead(stores.worker().maintenance, at)).toMatchObject({ state: { leaderEpoch: 2 } });
  });

  it('cannot keep an entry from being rolled by age: those behind it would have expired, and left a hole', async () => {
    const stores = memoryStores();
    await appendEach(stores.worker({ clock: ahead(stores, 30 * DAY) }), ['future']);
    await appendEach(stores.worker(), ['now']);
    const { maintenance } = stores.worker();
    expect(await rollPartition(maintenance, at, { config: {}, deadline: FAR })).toMatchObject({ segments: 0 });
    await stores.clock.advance(5 * 60_000);
    expect(await rollPartition(maintenance, at, { config: {}, deadline: FAR })).toMatchObject({ segments: 1 });
    await appendEach(stores.worker({ clock: ahead(stores, 30 * DAY) }), ['alone']);
    expect(await rollPartition(maintenance, at, { config: {}, deadline: FAR })).toMatchObject({ segments: 1 });
  });

  it('cannot end all sweeps by its mark', async () => {
    const stores = memoryStores();
    const mark = { fence: 1, endedAt: stores.clock.now() + 365 * DAY, batchesBefore: 0 };
    await stores.cluster.create({ ...sweepMarkKey(at), writeId: 'w', attributes: sweepMarkAttributes(mark) });
    expect(await sweepObjects(stores.worker().maintenance, at, FAR)).toMatchObject({ deleted: 0 });
    await stores.clock.advance(DAY);
    expect(await sweepObjects(stores.worker().maintenance, at, FAR)).toBeDefined();
  });
});

describe('a wall clock that stood still', () => {
  it('gives entries no time that has passed: they were rolled, dropped at once, and a reader between two looks found a hole', async () => {
    const stores = memoryStores();
    const wall = stores.clock.now();
    const standing = { ...ahead(stores, 0), now: () => wall };
    const roller = stores.worker({ clock: standing });
    await appendEach(stores.worker(), ['a']);
    await stores.clock.advance(9 * DAY);
    await rollAll(roller);
    const [entry] = stores.log.all();
    expect(entry?.expiresAt).toBe(stores.clock.now() + 7 * DAY);
  });
});

describe('retention', () => {
  it('goes by the config of now: it was raised while the run stood still, and the run deleted by the old one', async () => {
    const stores = memoryStores();
    await appendEach(stores.worker(), ['a'], stores.clock.now());
    await rollAll(stores.worker());
    await stores.clock.advance(2 * HOUR);
    const config = { 'retention.ms': String(HOUR) };
    const readConfig = async () => ({ 'retention.ms': '-1' });
    expect(await retainLog(stores.worker().maintenance, at, { config, readConfig })).toMatchObject({ deleted: 0 });
    const gone = { config, readConfig: async () => undefined };
    expect(await retainLog(stores.worker().maintenance, at, gone)).toMatchObject({ deleted: 0 });
  });

  it('comes about however fast the log grows: rolls used up every run', async () => {
    const stores = memoryStores();
    const { services, maintenance, faults } = stores.worker();
    const { topicId } = await createTopic(services, { name: 'a' });
    const log = { topicId, partition: 0 };
    const grow = () => services.logs.of(log).append({ batches: [batchOf(['x'])], stampAppendTime: false }, FAR);
    await grow();
    const config = { 'segment.bytes': '14', 'retention.bytes': '0' };
    // every segment takes a second to put, and another record comes meanwhile
    const slow = async <T>(_call: unknown, apply: () => Promise<T>): Promise<T> => {
      await stores.clock.advance(1_000);
      await grow();
      for (let next = 0; next < 2; next++) faults.next('put', slow);
      return apply();
    };
    faults.next('put', slow);
    await changeConfig(stores, config);
    const report = newReport();
    const deadline = { since: { wall: stores.clock.now(), monotonic: stores.clock.monotonic() }, withinMs: 60_000 };
    await maintainPartition(maintenance, log, { name: 'a', config, deadline, report });
    expect(report.expiredSegments).toBeGreaterThan(0);
  });
});

async function changeConfig(stores: TestStores, config: Readonly<Record<string, string>>): Promise<void> {
  const { alterConfigs } = await import('../../lib/topics/alter-topic.ts');
  const changes = Object.entries(config).map(([name, value]) => ({ name, operation: 'SET' as const, value }));
  await alterConfigs(stores.worker().services, { name: 'a', changes });
}

describe('a run that was sent to a partition while another led it', () => {
  it('is not lost: the one that led looks once more when it has resigned', async () => {
    const stores = memoryStores();
    const { services } = stores.worker();
    const { topicId } = await createTopic(services, { name: 'a' });
    const log = { topicId, partition: 0 };
    const config = { 'segment.bytes': '14' };
    const append = () => services.logs.of(log).append({ batches: [batchOf(['x'])], stampAppendTime: false }, FAR);
    const maintain = ({ maintenance }: TestWorker) =>
      maintainPartition(maintenance, log, { name: 'a', config, deadline: FAR, report: newReport() });
    await append();
    const first = stores.worker();
    // the sweep comes after the rolls: meanwhile more is appended, and another is sent
    first.faults.next('list', async (_call, apply) => {
      await append();
      await maintain(stores.worker());
      expect(await readPartitionState(stores.cluster, log)).toMatchObject({ rolledOffset: 1 });
      return apply();
    });
    await maintain(first);
    expect(await readPartitionState(stores.cluster, log)).toMatchObject({ rolledOffset: 2 });
    expect(await lead(stores.worker().maintenance, log)).toBeDefined();
  });
});

describe('a producer that was idle', () => {
  it('is told so, and not to wait for ever, when its last batch was rolled and dropped and nothing stands above', async () => {
    const stores = memoryStores();
    const send = (sequence: number) =>
      drive(
        stores.clock,
        stores
          .worker()
          .services.logs.of(at)
          .append(idempotentOf({ producerId: 7, epoch: 0, sequence }, 'a'), FAR),
      );
    await send(0);
    await rollAll(stores.worker());
    await dropRolledEntries(stores.worker().maintenance, at, FAR);
    await stores.clock.advance(DAY);
    await dropRolledEntries(stores.worker().maintenance, at, FAR);
    expect(stores.log.all()).toEqual([]);
    await expect(send(1)).rejects.toMatchObject({ code: 'UNKNOWN_PRODUCER_ID' });
  });
});

describe('append times', () => {
  it('do not go back when everything was rolled in between', async () => {
    const stores = memoryStores();
    const append = async ({ services }: TestWorker) =>
      (await services.logs.of(at).append({ batches: [batchOf(['v'])], stampAppendTime: true }, FAR)).appendTime ?? 0;
    const first = await append(stores.worker({ clock: ahead(stores, 5 * 60_000) }));
    await rollAll(stores.worker());
    expect(await append(stores.worker())).toBeGreaterThanOrEqual(first);
  });
});

describe('a look by time', () => {
  it('costs the same however long the log is: the largest timestamp was sought in every segment', async () => {
    const costs: number[][] = [];
    for (const segments of [10, 60]) {
      const stores = memoryStores();
      const worker = stores.worker({ settings: { segmentsListed: 4 } });
      for (let segment = 0; segment < segments; segment++) {
        await appendEach(worker, ['x'], 1_000 + segment);
        await rollAll(worker);
      }
      const max = stores.worker();
      expect(await findMaxTimestamp(max.services.logs.of(at).reader)).toEqual({
        offset: segments - 1,
        timestamp: 999 + segments,
      });
      const last = stores.worker();
      await findOffsetByTime(last.services.logs.of(at).reader, 999 + segments);
      costs.push(
        [max, last].flatMap(each => [objectGets(each, 'segments/').length, objectGets(each, 'manifests/').length]),
      );
    }
    expect(costs[0]).toEqual(costs[1]);
  });

  it('decodes one batch at a time: thirty bombs in one megabyte took half a gigabyte', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const value = new Uint8Array(8 << 20);
    for (let bomb = 0; bomb < 30; bomb++) {
      const bytes = encodeBatch({ records: [{ timestamp: 5, key: null, value, headers: [] }], codec: 'zstd' });
      const batch = { bytes, count: 1, maxTimestamp: 5 };
      await worker.services.logs.of(at).append({ batches: [batch], stampAppendTime: false }, FAR);
    }
    await rollAll(worker);
    const before = process.memoryUsage().rss;
    expect(await findOffsetByTime(stores.worker().services.logs.of(at).reader, 5)).toEqual({ offset: 0, timestamp: 5 });
    expect(process.memoryUsage().rss - before).toBeLessThan(150 << 20);
  });
});

describe('a sweep', () => {
  it('lets an object be whose key it does not understand: one foreign key ended all sweeps of its partition', async () => {
    const stores = memoryStores();
    const foreign = `segments/${logKeyOf(at)}/copy.log`;
    await stores.objects.put(foreign, new Uint8Array(1));
    for (let day = 0; day < 3; day++) {
      expect(await sweepObjects(stores.worker().maintenance, at, FAR)).toMatchObject({ deleted: 0, hasMore: false });
      await stores.clock.advance(DAY);
    }
    expect(await stores.objects.get(foreign)).toBeDefined();
  });
});

describe('the removal of deleted topics', () => {
  it('goes on past one that cannot be removed', async () => {
    const stores = memoryStores();
    const { services, maintenance, faults } = stores.worker();
    for (const name of ['a', 'b', 'c']) {
      await createTopic(services, { name });
      await drive(stores.clock, deleteTopic(services, name));
    }
    const refuse = async () => {
      throw new MillraceError('STORE_UNAVAILABLE', 'no');
    };
    faults.next('list', refuse);
    const report = newReport();
    await maintainAll(maintenance, { deadline: FAR, report });
    expect(report.failures).toHaveLength(1);
    await stores.clock.advance(3 * HOUR);
    await maintainAll(stores.worker().maintenance, { deadline: FAR, report });
    expect(report.removedTopics).toBe(2);
  });
});

describe('a roll whose last write lost its reply', () => {
  it('while another changed the state, is found out and not called a failure', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await appendEach(worker, texts(0, 2));
    await lead(worker.maintenance, at);
    worker.faults.next('replace', async (_call, apply) => {
      await apply();
      await lead({ ...stores.worker().maintenance, brokerId: 50, clock: ahead(stores, 61_000) }, at);
      throw new MillraceError('OUTCOME_UNKNOWN', 'the reply was lost');
    });
    await drive(stores.clock, rollAll(worker));
    expect(await readPartitionState(stores.cluster, at)).toMatchObject({ rolledOffset: 3 });
    expect(await readAll(stores)).toEqual(texts(0, 2));
  });
});
