import { describe, expect, it } from 'vitest';
import { maintainPartition } from '../../lib/maintenance/maintain-partition.ts';
import { newReport } from '../../lib/maintenance/report.ts';
import { retainLog } from '../../lib/maintenance/retain-log.ts';
import type { TopicConfigOverrides } from '../../lib/protocol/topic-config.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteRecords } from '../../lib/topics/delete-records.ts';
import { appendOf } from '../support/batches.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores } from '../support/memory-services.ts';
import { appendEach, at, DAY, readAll, retained, rollAll, texts } from '../support/rolled-log.ts';

const retain = (stores: TestStores, config: TopicConfigOverrides) =>
  retainLog(stores.worker().maintenance, at, retained(config));

const readFrom = (stores: TestStores, offset: number) =>
  stores.worker().services.logs.of(at).reader.read({ offset, maxBytes: 1 });

/** Ten records a day for five days, a segment a day. */
async function logOfFiveDays(stores: TestStores): Promise<void> {
  const worker = stores.worker();
  for (let day = 0; day < 5; day++) {
    await appendEach(worker, texts(10 * day, 10 * day + 9), stores.clock.now());
    await rollAll(worker);
    await stores.clock.advance(DAY);
  }
}

describe('retention', () => {
  it('by time takes the segments whose newest record is older, and moves the log start behind them', async () => {
    const stores = memoryStores();
    await logOfFiveDays(stores);
    expect(await retain(stores, { 'retention.ms': String(3 * DAY) })).toMatchObject({ deleted: 2 });
    expect(await readAll(stores, 20)).toEqual(texts(20, 49));
    await expect(readFrom(stores, 19)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  it('by size keeps as many bytes as it is told, or some more, but no whole segment', async () => {
    const stores = memoryStores();
    await logOfFiveDays(stores);
    const { size } = await segmentSize(stores);
    const config = { 'retention.ms': '-1', 'retention.bytes': String(2 * size + 1) };
    expect(await retain(stores, config)).toMatchObject({ deleted: 3 });
    expect(await readAll(stores, 30)).toEqual(texts(30, 49));
  });

  it.each([
    { 'retention.ms': '-1' },
    { 'retention.ms': '1', 'cleanup.policy': 'compact' },
    { 'retention.ms': String(30 * DAY) },
  ])('with %o takes nothing', async config => {
    const stores = memoryStores();
    await logOfFiveDays(stores);
    expect(await retain(stores, config)).toMatchObject({ deleted: 0 });
    expect(await readAll(stores)).toEqual(texts(0, 49));
  });

  it('may take all that is rolled, and appends go on', async () => {
    const stores = memoryStores();
    await logOfFiveDays(stores);
    expect(await retain(stores, { 'retention.ms': '1' })).toMatchObject({ deleted: 5 });
    await appendEach(stores.worker(), ['50']);
    expect(await readAll(stores, 50)).toEqual(['50']);
    await rollAll(stores.worker());
    expect(await readAll(stores, 50)).toEqual(['50']);
  });

  it('takes what lies below a log start that DeleteRecords moved, and does not move it back', async () => {
    const stores = memoryStores();
    const { topicId } = await createTopic(stores.worker().services, { name: 'a' });
    const log = { topicId, partition: 0 };
    const { maintenance, services } = stores.worker();
    await services.logs.of(log).append(appendOf(...texts(0, 9)), FAR);
    const config = { 'retention.ms': '-1', 'segment.bytes': '14' };
    const maintain = () =>
      maintainPartition(maintenance, log, { name: 'a', config, deadline: FAR, report: newReport() });
    await maintain();
    const start = await deleteRecords(services, { topic: 'a', partition: 0, beforeOffset: 7 });
    expect(start).toBe(7);
    await maintain();
    expect(await services.logs.of(log).reader.bounds()).toEqual({ logStartOffset: 7, highWatermark: 10 });
    await deleteRecords(services, { topic: 'a', partition: 0, beforeOffset: -1 });
    await maintain();
    expect(await stores.worker().services.logs.of(log).reader.bounds()).toEqual({
      logStartOffset: 10,
      highWatermark: 10,
    });
    const state = await stores.cluster.get({ pk: `partition/${topicId}/0`, sk: 'state' });
    expect(state?.attributes.manifestKey).toBeUndefined();
  });
});

async function segmentSize(stores: TestStores): Promise<{ readonly size: number }> {
  for await (const { sizeInBytes } of stores.objects.list('segments/')) return { size: sizeInBytes };
  throw new Error('no segment');
}
