import { describe, expect, it } from 'vitest';
import { appliedLater, noFault, replyLost, requestLost, throttled } from '../../lib/adapters/memory/faults.ts';
import { entrySk, partitionStateAttributes, partitionStateKey } from '../../lib/log/catalogue.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { neverRolled } from '../../lib/log/partition-state.ts';
import { ENTRY_EXPIRY_MS } from '../../lib/log/seal-entry.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { appendOf, textsOf } from '../support/batches.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

const at: TopicPartition = { topicId: 't', partition: 0 };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const append = ({ clock }: TestStores, { services }: TestWorker, ...values: string[]) =>
  drive(clock, services.logs.of(at).append(appendOf(...values), deadlineIn(clock, 20 * SECOND)));

const readAll = async ({ services }: TestWorker, offset = 0) =>
  textsOf((await services.logs.of(at).reader.read({ offset, maxBytes: 1 << 20 })).batches);

const operations = ({ calls }: TestWorker) => calls.map(({ operation }) => operation);

describe('append', () => {
  it('gives the first record of an empty log offset 0, and each append the next', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    expect(await append(stores, worker, 'a', 'b')).toMatchObject({ baseOffset: 0 });
    expect(await append(stores, worker, 'c')).toMatchObject({ baseOffset: 2 });
    expect(await readAll(worker)).toEqual(['0:a', '1:b', '2:c']);
  });

  it('costs one write and no read once the tail is known', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await append(stores, worker, 'a');
    worker.calls.length = 0;
    await append(stores, worker, 'b');
    expect(operations(worker)).toEqual(['create']);
  });

  it('makes appends that meet in one process one entry, each with its own offsets', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const first = append(stores, worker, 'a');
    const met = ['b', 'c', 'd'].map(value => append(stores, worker, value));
    await first;
    expect((await Promise.all(met)).map(({ baseOffset }) => baseOffset)).toEqual([1, 2, 3]);
    expect(operations(worker).filter(operation => operation === 'create')).toHaveLength(2);
  });

  it('keeps two workers dense when they race for the same end', async () => {
    const stores = memoryStores();
    const workers = [stores.worker(), stores.worker(), stores.worker()];
    const appends = Array.from({ length: 60 }, (_, index) => {
      const worker = workers[index % workers.length] as TestWorker;
      return append(stores, worker, `v${index}`);
    });
    const offsets = (await Promise.all(appends)).map(({ baseOffset }) => baseOffset);
    expect([...offsets].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, offset) => offset));
  });

  it('asks for the tail before it writes after a lost race, until two writes have won', async () => {
    const stores = memoryStores();
    const [rival, worker] = [stores.worker(), stores.worker()];
    await append(stores, worker, 'a');
    await append(stores, rival, 'b');
    worker.calls.length = 0;
    for (const value of ['c', 'd', 'e']) await append(stores, worker, value);
    expect(operations(worker)).toEqual(['create', 'query', 'create', 'query', 'create', 'create']);
  });
});

describe('an append whose reply is lost', () => {
  it.each([
    ['applied, reply lost', replyLost],
    ['never applied', requestLost],
    ['refused', throttled],
  ])('is stored once when it was %s', async (_name, fault) => {
    const stores = memoryStores();
    const worker = stores.worker();
    await append(stores, worker, 'a');
    worker.faults.next('create', fault);
    expect(await append(stores, worker, 'b')).toMatchObject({ baseOffset: 1 });
    expect(await readAll(worker)).toEqual(['0:a', '1:b']);
  });

  it('is stored once when it is applied late, after its own retry', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    worker.faults.next(
      'create',
      appliedLater(() => stores.clock.sleep(5 * SECOND)),
    );
    await append(stores, worker, 'a');
    await stores.clock.advance(10 * SECOND);
    await append(stores, worker, 'b');
    expect(await readAll(worker)).toEqual(['0:a', '1:b']);
  });

  it('keeps its key, bytes and writeId until the key is seen taken by another', async () => {
    const stores = memoryStores();
    const [worker, rival] = [stores.worker(), stores.worker()];
    await append(stores, worker, 'a');
    // the write is on its way for long; a rival takes the key before it arrives
    worker.faults.next(
      'create',
      appliedLater(() => stores.clock.sleep(MINUTE)),
    );
    worker.faults.next('create', async (call, apply) => {
      await append(stores, rival, 'r');
      return noFault(call, apply);
    });
    expect(await append(stores, worker, 'b')).toMatchObject({ baseOffset: 2 });
    await stores.clock.advance(2 * MINUTE);
    expect(await readAll(worker)).toEqual(['0:a', '1:r', '2:b']);
  });

  it('is answered as unknown, never as failed, when the store stays silent', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    for (let tries = 0; tries < 1_000; tries++) worker.faults.next('create', requestLost);
    await expect(append(stores, worker, 'a')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
  });

  it('is answered as not applied when every try was refused', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    for (let tries = 0; tries < 1_000; tries++) worker.faults.next('create', throttled);
    await expect(append(stores, worker, 'a')).rejects.toMatchObject({ code: 'THROTTLED', outcome: 'not-applied' });
  });
});

describe('a belief in the tail', () => {
  it('is used for 30 s, and read anew after', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await append(stores, worker, 'a');
    await stores.clock.advance(30 * SECOND);
    worker.calls.length = 0;
    await append(stores, worker, 'b');
    expect(operations(worker)).toEqual(['create']);
    await stores.clock.advance(1);
    worker.calls.length = 0;
    await append(stores, worker, 'c');
    expect(operations(worker)).toEqual(['get', 'query', 'create']);
  });

  it('is expired by a wall clock that went backwards', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await append(stores, worker, 'a');
    stores.clock.jump(-1);
    worker.calls.length = 0;
    await append(stores, worker, 'b');
    expect(operations(worker)).toEqual(['get', 'query', 'create']);
  });

  it('lets nothing be acknowledged that was written more than 15 min after it was read', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await append(stores, worker, 'a');
    worker.faults.next('create', async (call, apply) => {
      stores.clock.jump(16 * MINUTE);
      return noFault(call, apply);
    });
    await expect(append(stores, worker, 'b')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('of a worker frozen for longer than entries live makes a ghost that nobody acknowledged or reads', async () => {
    const stores = memoryStores();
    const [frozen, worker] = [stores.worker(), stores.worker()];
    await append(stores, frozen, 'a');
    frozen.faults.next('create', async (call, apply) => {
      await append(stores, worker, 'b');
      stores.clock.jump(ENTRY_EXPIRY_MS + MINUTE);
      stores.log.dropExpired(stores.clock.now());
      await rollTo(stores, 2);
      return noFault(call, apply);
    });
    await expect(append(stores, frozen, 'ghost')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await stores.log.get({ pk: 't/0', sk: entrySk(1) })).toBeDefined();
    expect(await append(stores, stores.worker(), 'c')).toMatchObject({ baseOffset: 2 });
    expect(await append(stores, frozen, 'd')).toMatchObject({ baseOffset: 3 });
    expect(await readAll(stores.worker(), 2)).toEqual(['2:c', '3:d']);
  });
});

/** What a roller leaves: records below the offset are elsewhere. */
async function rollTo({ cluster }: TestStores, rolledOffset: number): Promise<void> {
  const attributes = partitionStateAttributes({ ...neverRolled, rolledOffset });
  await cluster.create({ ...partitionStateKey(at), writeId: `roll-${rolledOffset}`, attributes });
}

describe('a batch too big for its entry', () => {
  const settings = { inlineBytes: 100, inlineBytesAfterLoss: 50 };

  it('is put as an object before the entry that points at it is created', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ settings });
    await append(stores, worker, 'x'.repeat(200));
    expect(operations(worker)).toEqual(['get', 'query', 'put', 'create']);
    expect(await readAll(worker)).toEqual([`0:${'x'.repeat(200)}`]);
  });

  it('is not put again when its entry lost a race', async () => {
    const stores = memoryStores();
    const [worker, rival] = [stores.worker({ settings }), stores.worker()];
    await append(stores, worker, 'a');
    await append(stores, rival, 'r');
    worker.calls.length = 0;
    await append(stores, worker, 'x'.repeat(200));
    expect(operations(worker)).toEqual(['put', 'create', 'query', 'create']);
    expect(await readAll(worker, 2)).toEqual([`2:${'x'.repeat(200)}`]);
  });

  it('goes to an object once an entry above the second limit lost a race', async () => {
    const stores = memoryStores();
    const [worker, rival] = [stores.worker({ settings }), stores.worker()];
    await append(stores, worker, 'a');
    await append(stores, rival, 'r');
    worker.calls.length = 0;
    await append(stores, worker, 'small');
    expect(operations(worker)).toEqual(['create', 'query', 'put', 'create']);
  });

  it('is put again under a new key when its PUT is 10 min old before the entry is created', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ settings });
    await append(stores, worker, 'a');
    worker.faults.next('put', async (call, apply) => {
      const answer = await noFault(call, apply);
      stores.clock.jump(10 * MINUTE + 1);
      return answer;
    });
    worker.calls.length = 0;
    await drive(stores.clock, worker.services.logs.of(at).append(appendOf('x'.repeat(200)), FAR));
    const puts = worker.calls.filter(({ operation }) => operation === 'put');
    expect(new Set(puts.map(({ key }) => key)).size).toBe(2);
  });

  it('is not acknowledged more than 15 min after its PUT was sent', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ settings });
    worker.faults.next('create', async (call, apply) => {
      stores.clock.jump(15 * MINUTE + 1);
      return noFault(call, apply);
    });
    await expect(append(stores, worker, 'x'.repeat(200))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('leaves the outcome known when only its PUT failed', async () => {
    const stores = memoryStores();
    const worker = stores.worker({ settings });
    for (let tries = 0; tries < 1_000; tries++) worker.faults.next('put', replyLost);
    await expect(append(stores, worker, 'x'.repeat(200))).rejects.toMatchObject({ outcome: 'not-applied' });
  });
});
