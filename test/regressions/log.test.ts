/** Bugs of the log that were found after it was written, each with its story. */
import { describe, expect, it } from 'vitest';
import { noFault, requestLost, throttled } from '../../lib/adapters/memory/faults.ts';
import { fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import { entrySk, partitionStateAttributes, partitionStateKey } from '../../lib/log/catalogue.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { claimObject } from '../../lib/log/object-claim.ts';
import { neverRolled } from '../../lib/log/partition-state.ts';
import { ENTRY_EXPIRY_MS } from '../../lib/log/seal-entry.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { appendOf, idempotentOf, textsOf } from '../support/batches.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

const at: TopicPartition = { topicId: 't', partition: 0 };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const logOf = ({ services }: TestWorker) => services.logs.of(at);

const append = (worker: TestWorker, ...values: string[]) => logOf(worker).append(appendOf(...values), FAR);

const appendWithin = ({ clock }: TestStores, worker: TestWorker, ms: number, ...values: string[]) =>
  drive(clock, logOf(worker).append(appendOf(...values), deadlineIn(clock, ms)));

const read = async (worker: TestWorker, offset: number) =>
  textsOf((await logOf(worker).reader.read({ offset, maxBytes: 1 << 20 })).batches);

async function roll({ cluster, log, clock }: TestStores, rolledOffset: number): Promise<void> {
  clock.jump(ENTRY_EXPIRY_MS + MINUTE);
  log.dropExpired(clock.now());
  const attributes = partitionStateAttributes({ ...neverRolled, rolledOffset });
  await cluster.create({ ...partitionStateKey(at), writeId: 'roll', attributes });
}

// Two workers froze before creating the entry at 1. One thawed and made a ghost of three records there; the other met it,
// took its end for growth of the log, gave that belief a fresh date at its next read, and wrote above a hole.
it("a ghost's end, seen by a worker that was frozen too, is no tail", async () => {
  const stores = memoryStores();
  const [ghost, misled, worker] = [stores.worker(), stores.worker(), stores.worker()];
  await append(ghost, 'a');
  await logOf(misled).reader.read({ offset: 0, maxBytes: 1 });
  misled.faults.next('create', async (call, apply) => {
    ghost.faults.next('create', async (inner, applyInner) => {
      await append(worker, 'b');
      await roll(stores, 2);
      return noFault(inner, applyInner);
    });
    await append(ghost, 'x', 'y', 'z').catch(() => undefined);
    return noFault(call, apply);
  });
  await appendWithin(stores, misled, 20 * SECOND, 'c').catch(() => undefined);
  expect(await stores.log.get({ pk: 't/0', sk: entrySk(1) })).toMatchObject({ attributes: { n: 3 } });
  expect(await append(misled, 'd')).toMatchObject({ baseOffset: 2 });
  expect(await read(worker, 2)).toEqual(['2:d']);
});

// Tiling was checked from the first entry found, not from the offset, wherever the offset was known to be a boundary.
it('a hole at a boundary that the reader remembers is an error, not the next record', async () => {
  const stores = memoryStores();
  const worker = stores.worker();
  for (const value of ['a', 'b', 'c', 'd']) await append(worker, value);
  await logOf(worker).reader.read({ offset: 0, maxBytes: 1 << 20 });
  for (const offset of [0, 2]) await stores.log.delete({ pk: 't/0', sk: entrySk(offset) }, 1);
  for (const offset of [0, 2]) await expect(read(worker, offset)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
});

describe('a deadline', () => {
  // The time was looked at once per try, and a PUT of a minute was followed by a create.
  it('lets no entry be created after a PUT that took longer', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ settings: { inlineBytes: 0, inlineBytesAfterLoss: 0 } });
    worker.faults.next('put', async (call, apply) => {
      const answer = await noFault(call, apply);
      stores.clock.jump(MINUTE);
      return answer;
    });
    await expect(appendWithin(stores, worker, 20 * SECOND, 'a')).rejects.toMatchObject({ outcome: 'not-applied' });
    expect(stores.log.all()).toEqual([]);
  });

  // A group had the earliest deadline of its appends: one that was almost over took all others with it.
  it('of one append does not end those that wait with it', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await append(worker, 'a');
    worker.faults.next('create', async (call, apply) => {
      await stores.clock.sleep(3 * SECOND);
      return noFault(call, apply);
    });
    for (let tries = 0; tries < 30; tries++) worker.faults.next('create', throttled);
    const slow = appendWithin(stores, worker, 20 * SECOND, 'slow');
    const waiting = [SECOND, 4 * SECOND, 20 * SECOND].map(ms => appendWithin(stores, worker, ms, `${ms}`));
    const outcomes = await Promise.allSettled([slow, ...waiting]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  // Entries had come and gone, and the bare error of a hole reached the caller.
  it('that passes while the log has a hole ends in an error with an outcome', async () => {
    const stores = memoryStores();
    const [worker, rival] = [stores.worker(), stores.worker()];
    await append(worker, 'a');
    for (const value of ['b', 'c', 'd']) await append(rival, value);
    await stores.log.delete({ pk: 't/0', sk: entrySk(2) }, 1);
    const batch = idempotentOf({ producerId: 1, epoch: 0, sequence: 0 }, 'x');
    const outcome = drive(stores.clock, logOf(worker).append(batch, deadlineIn(stores.clock, SECOND)));
    await expect(
      outcome.catch(error => Promise.reject({ outcome: error.outcome ?? 'none' })),
    ).rejects.not.toMatchObject({
      outcome: 'none',
    });
  });
});

// A worker froze for days in an idempotent append; its producer's cell had expired meanwhile, so it began anew.
it('an idempotent batch that was frozen until its producer was forgotten is not stored again', async () => {
  const stores = memoryStores();
  const [frozen, worker] = [stores.worker(), stores.worker()];
  const batch = idempotentOf({ producerId: 1, epoch: 0, sequence: 0 }, 'a');
  frozen.faults.next('create', async () => {
    await logOf(worker).append(batch, FAR);
    stores.clock.jump(40 * DAY);
    stores.cluster.dropExpired(stores.clock.now());
    return throttled({ store: 'items', operation: 'create', key: '' }, async () => undefined as never);
  });
  const outcome = drive(stores.clock, logOf(frozen).append(batch, deadlineIn(stores.clock, 20 * SECOND)));
  await expect(outcome).rejects.toMatchObject({ outcome: 'not-applied' });
  expect(await read(worker, 0)).toEqual(['0:a']);
});

// The compare-and-set of a frozen worker named version 1, which a cell that was made anew had again.
it("a producer's cell that was forgotten keeps its versions, so that an old compare-and-set fails", async () => {
  const stores = memoryStores();
  const [frozen, worker] = [stores.worker(), stores.worker()];
  const send = (sender: TestWorker, epoch: number, sequence: number, value: string) =>
    logOf(sender).append(idempotentOf({ producerId: 1, epoch, sequence }, value), FAR);
  await send(frozen, 0, 0, 'old');
  frozen.faults.next('replace', async (call, apply) => {
    stores.clock.jump(2 * DAY);
    stores.cluster.dropExpired(stores.clock.now());
    await send(worker, 1, 0, 'new');
    return noFault(call, apply);
  });
  await expect(send(frozen, 0, 1, 'late')).rejects.toMatchObject({ code: 'INVALID_PRODUCER_EPOCH' });
  expect(await send(worker, 1, 0, 'new')).toMatchObject({ baseOffset: 1 });
});

// The deleter was frozen between reading the clock and setting the mark, or tried again on the next topic of the name.
it('a deletion that was frozen deletes no later topic of the name, and frees the name no sooner', async () => {
  const stores = memoryStores();
  const [frozen, worker] = [stores.worker(), stores.worker()];
  await createTopic(worker.services, { name: 'n' });
  frozen.faults.next('replace', async (call, apply) => {
    await drive(stores.clock, deleteTopic(worker.services, 'n'));
    stores.clock.jump(MINUTE);
    await createTopic(worker.services, { name: 'n' });
    return noFault(call, apply);
  });
  await expect(drive(stores.clock, deleteTopic(frozen.services, 'n'))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  });
  expect(await stores.worker().services.topics.read('n')).toBeDefined();

  frozen.faults.next('replace', async (call, apply) => {
    stores.clock.jump(MINUTE);
    return noFault(call, apply);
  });
  await drive(stores.clock, deleteTopic(frozen.services, 'n'));
  await expect(createTopic(worker.services, { name: 'n' })).rejects.toMatchObject({ code: 'TOPIC_NAME_NOT_FREE' });
});

// The deleter was frozen in its look at the topic, an hour after its client had gone, and read the next topic of the name.
it('a deletion that was frozen before it read the topic deletes no later topic of the name', async () => {
  const stores = memoryStores();
  const [frozen, worker] = [stores.worker(), stores.worker()];
  await createTopic(worker.services, { name: 'n' });
  frozen.faults.next('get', async (call, apply) => {
    await drive(stores.clock, deleteTopic(worker.services, 'n'));
    stores.clock.jump(MINUTE);
    await createTopic(worker.services, { name: 'n' });
    return noFault(call, apply);
  });
  await expect(drive(stores.clock, deleteTopic(frozen.services, 'n'))).rejects.toMatchObject({
    outcome: 'not-applied',
  });
  expect(await stores.worker().services.topics.read('n')).toBeDefined();
});

// A worker froze for days in the create of an idempotent batch, while the log was rolled past its key and the entry there
// expired. Its ghost had the batch that its producer sent again, which was looked for from below the rolled offset, found,
// and acknowledged; no reader ever saw it.
// Where the ghost ended with the rolled entries, the worker that had made it remembered it as one that it had passed.
it.each([{ values: ['x', 'y', 'z'] }, { values: ['x', 'y'] }])(
  'a ghost that holds the batch looked for is not taken for the batch: $values',
  async ({ values }) => {
    const stores = memoryStores();
    const [frozen, other] = [stores.worker(), stores.worker()];
    const batch = idempotentOf({ producerId: 1, epoch: 0, sequence: 0 }, ...values);
    frozen.faults.next('create', noFault);
    frozen.faults.next('create', async (call, apply) => {
      await append(other, 'a', 'b');
      await roll(stores, 2);
      return noFault(call, apply);
    });
    const late = drive(stores.clock, logOf(frozen).append(batch, deadlineIn(stores.clock, 20 * SECOND)));
    await expect(late).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    for (const worker of [frozen, stores.worker()]) {
      const again = drive(stores.clock, logOf(worker).append(batch, deadlineIn(stores.clock, 20 * SECOND)));
      await expect(again).rejects.toMatchObject({ code: 'UNKNOWN_PRODUCER_ID' });
    }
  },
);

// The same, with a batch so big that it went to an object, at a key that was still free. The sweep had taken the object.
it('a batch whose object was swept before its entry was made is not taken for stored', async () => {
  const stores = memoryStores();
  const settings = { inlineBytes: 0, inlineBytesAfterLoss: 0 };
  const [frozen, other] = [stores.worker({ settings }), stores.worker({ settings })];
  const batch = idempotentOf({ producerId: 1, epoch: 0, sequence: 0 }, 'x');
  frozen.faults.next('put', async (call, apply) => {
    frozen.faults.next('create', async (inner, applyInner) => {
      stores.clock.jump(60 * MINUTE);
      expect(await claimObject(other.deps, call.key, 'swept')).toBe('swept');
      await stores.objects.delete([call.key]);
      return noFault(inner, applyInner);
    });
    return noFault(call, apply);
  });
  const late = drive(stores.clock, logOf(frozen).append(batch, deadlineIn(stores.clock, 20 * SECOND)));
  await expect(late).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  const again = drive(stores.clock, logOf(other).append(batch, deadlineIn(stores.clock, 20 * SECOND)));
  await expect(again).rejects.toMatchObject({ code: 'UNKNOWN_PRODUCER_ID' });
  expect(await append(other, 'next')).toMatchObject({ baseOffset: 1 });
  expect(await read(other, 0)).toEqual(['1:next']);
});

// A reader was frozen for days between the partition state and the entries; what it had last seen had been rolled and had
// expired, so it called the end of the log out of range, and its consumer would have begun anew.
it('an offset is out of range only by a partition state that is young enough to answer by', async () => {
  const stores = memoryStores();
  const [frozen, worker] = [stores.worker(), stores.worker()];
  await append(worker, 'a');
  frozen.faults.next('query', async (call, apply) => {
    await roll(stores, 1);
    return noFault(call, apply);
  });
  const { nextOffset, highWatermark } = await logOf(frozen).reader.read({ offset: 1, maxBytes: 1_000 });
  expect([nextOffset, highWatermark]).toEqual([1, 1]);
});

// A worker whose wall clock had stood still dated a producer's cell days back, and the next worker took it for forgotten.
it('a producer is remembered though the worker that served it dated its cell days back', async () => {
  const stores = memoryStores();
  const { clock } = stores;
  const slow = { now: () => clock.now() - 9 * DAY, monotonic: () => clock.monotonic(), sleep: clock.sleep };
  const batch = idempotentOf({ producerId: 1, epoch: 0, sequence: 0 }, 'a');
  await logOf(stores.worker({ clock: slow })).append(batch, {
    since: { wall: slow.now(), monotonic: 0 },
    withinMs: DAY,
  });
  const worker = stores.worker();
  expect(await drive(clock, logOf(worker).append(batch, deadlineIn(clock, SECOND)))).toMatchObject({ baseOffset: 0 });
  expect(await read(worker, 0)).toEqual(['0:a']);
});

// Its entry was about to expire, so it was given more time between the create and the create tried again, which took the entry
// for another's because of its version, and stored the records twice.
it("an entry that was given more time while its create had no answer is known as one's own", async () => {
  const stores = memoryStores();
  const worker = stores.worker();
  worker.faults.next('create', async (call, apply) => {
    await apply();
    const item = await stores.log.get({ pk: 't/0', sk: entrySk(0) });
    if (item) await stores.log.replace({ ...item, expiresAt: Number(item.expiresAt) + DAY }, item.version);
    return requestLost(call, apply);
  });
  expect(await appendWithin(stores, worker, 20 * SECOND, 'a')).toMatchObject({ baseOffset: 0 });
  expect(await read(worker, 0)).toEqual(['0:a']);
});

// A partition that had given anything was never looked at again, so what came later did not count.
it('a fetch that waits for many bytes counts those that come while it waits', async () => {
  const stores = memoryStores();
  const { services } = stores.worker();
  await createTopic(services, { name: 'n' });
  const put = (value: string) => {
    const records = [{ key: null, value: Buffer.from(value) }];
    return produceRecords(services, { topic: 'n', records, deadline: FAR });
  };
  await put('a');
  const partitions = [{ topic: 'n', partition: 0, offset: 0, maxBytes: 1 << 20 }];
  const waiting = fetchPartitions(services, { partitions, maxBytes: 1 << 20, maxWaitMs: 20 * SECOND, minBytes: 500 });
  await new Promise(resolve => setTimeout(resolve, 10));
  await put('b'.repeat(500));
  expect(await waiting).toMatchObject([{ nextOffset: 2, highWatermark: 2 }]);
  expect(stores.clock.monotonic()).toBe(0);
});
