import { describe, expect, it } from 'vitest';
import { noFault, replyLost } from '../../lib/adapters/memory/faults.ts';
import { entrySk, logKeyOf } from '../../lib/log/catalogue.ts';
import { lead } from '../../lib/log/leader.ts';
import { readPartitionState } from '../../lib/log/partition-state.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores } from '../support/memory-services.ts';
import { appendEach, at, DAY, HOUR, readAll, rollAll, texts } from '../support/rolled-log.ts';

describe('rolling', () => {
  it('moves the hot end into segments that readers cross without noticing', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await appendEach(worker, texts(0, 19));
    const rolled = await rollAll(worker, 400);
    expect(rolled.segments).toBeGreaterThan(2);
    await appendEach(worker, texts(20, 29));
    expect(await readAll(stores)).toEqual(texts(0, 29));
    expect(await readAll(stores, 7, 100)).toEqual(texts(7, 29));
    for (let offset = 0; offset < 30; offset++) expect(await readAll(stores, offset, 1)).toEqual(texts(offset, 29));
  });

  it('is due by the bytes of the hot end, by the age of its oldest entry, and else not', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ maintenance: { rollBytes: 1_000, rollAfterMs: 60_000 } });
    const lags: number[] = [];
    const onLag = (lagMs: number) => lags.push(lagMs);
    const roll = () => rollPartition(worker.maintenance, at, { config: {}, deadline: FAR, onLag });
    await appendEach(worker, ['a']);
    expect(await roll()).toMatchObject({ segments: 0, hasMore: false });
    await stores.clock.advance(59_999);
    expect(await roll()).toMatchObject({ segments: 0 });
    await stores.clock.advance(30_001);
    expect(await roll()).toMatchObject({ segments: 1 });
    expect(lags).toEqual([0, 0, 30_000]);
    await appendEach(worker, texts(1, 20));
    expect((await roll()).segments).toBeGreaterThan(0);
    expect(await readAll(stores)).toEqual(['a', ...texts(1, 20)]);
  });

  it('costs two queries and a look at the state where nothing is due', async () => {
    const stores = memoryStores();
    await appendEach(stores.worker(), ['a']);
    const { maintenance, calls } = stores.worker();
    await rollPartition(maintenance, at, { config: {}, deadline: FAR });
    expect(calls.map(({ operation }) => operation).sort()).toEqual(['get', 'query', 'query']);
  });

  it('folds big batches in, and lists their objects for the sweep', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ settings: { inlineBytes: 50 } });
    await appendEach(worker, ['x'.repeat(200), 'y', 'z'.repeat(300)]);
    await rollAll(worker);
    expect(await readAll(stores)).toEqual(['x'.repeat(200), 'y', 'z'.repeat(300)]);
    const keys: string[] = [];
    for await (const { key } of stores.objects.list('')) keys.push(key);
    expect(keys.filter(key => key.endsWith('.folded'))).toHaveLength(1);
    expect(keys.filter(key => key.startsWith('batches/'))).toHaveLength(3);
  });

  it('gives new time to entries that expire within two days before it publishes', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await appendEach(worker, ['old']);
    await stores.clock.advance(5.5 * DAY);
    await appendEach(worker, ['young']);
    await rollAll(worker);
    const [old, young] = stores.log.all().map(({ expiresAt }) => (expiresAt ?? 0) - stores.clock.now());
    expect([old, young]).toEqual([7 * DAY, 7 * DAY]);
    await stores.clock.advance(4 * DAY);
    stores.log.dropExpired(stores.clock.now());
    expect(await stores.log.get({ pk: logKeyOf(at), sk: entrySk(0) })).toBeDefined();
  });

  it('is started by an append or a fetch that meets an unrolled entry older than a day', async () => {
    const stores = memoryStores();
    await appendEach(stores.worker(), ['a', 'b']);
    await stores.clock.advance(DAY);
    const [early, appender, fetcher] = [stores.worker(), stores.worker(), stores.worker()];
    await early.services.logs.of(at).reader.read({ offset: 0, maxBytes: 1 });
    await stores.clock.advance(1);
    await fetcher.services.logs.of(at).reader.read({ offset: 0, maxBytes: 1 });
    await appendEach(appender, ['c']);
    expect([early, fetcher, appender].map(({ rollsStarted }) => rollsStarted)).toEqual([[], [at], [at]]);
  });

  it('by a worker that lost its lead while it wrote the segment publishes nothing', async () => {
    const stores = memoryStores();
    const slow = stores.worker();
    const other = stores.worker();
    await appendEach(slow, texts(0, 4));
    slow.faults.next('put', async (_call, apply) => {
      await stores.clock.advance(HOUR);
      expect(await lead(other.maintenance, at)).toMatchObject({ state: { leaderEpoch: 2 } });
      return apply();
    });
    expect(await rollAll(slow)).toMatchObject({ segments: 0 });
    expect(await readPartitionState(stores.cluster, at)).toMatchObject({ rolledOffset: 0, leaderEpoch: 2 });
    expect(await rollAll(other)).toMatchObject({ segments: 1 });
    expect(await readAll(stores)).toEqual(texts(0, 4));
  });

  it('by a worker that does not lead does nothing', async () => {
    const stores = memoryStores();
    const [first, second] = [stores.worker(), stores.worker()];
    await appendEach(first, ['a']);
    await lead(first.maintenance, at);
    expect(await rollAll(second)).toMatchObject({ segments: 0 });
    await stores.clock.advance(60_001);
    expect(await rollAll(second)).toMatchObject({ segments: 1 });
  });

  it('that loses the reply of its last write has rolled once', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await appendEach(worker, texts(0, 2));
    await lead(worker.maintenance, at);
    worker.faults.next('replace', replyLost);
    worker.faults.next('replace', noFault);
    const roll = rollAll(worker);
    await stores.clock.advance(1_000);
    await roll;
    expect(await readAll(stores)).toEqual(texts(0, 2));
    expect(await readPartitionState(stores.cluster, at)).toMatchObject({ rolledOffset: 3 });
  });
});
