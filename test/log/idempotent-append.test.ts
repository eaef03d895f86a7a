import { describe, expect, it } from 'vitest';
import { appliedLater, noFault, replyLost, requestLost } from '../../lib/adapters/memory/faults.ts';
import { partitionStateAttributes, partitionStateKey } from '../../lib/log/catalogue.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { neverRolled } from '../../lib/log/partition-state.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { appendOf, idempotentOf, textsOf } from '../support/batches.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

const at: TopicPartition = { topicId: 't', partition: 0 };
const SECOND = 1_000;

/** Sends `values` as the batch of producer 7 that begins at `sequence`. */
const send = (stores: TestStores, worker: TestWorker, sequence: number, ...values: string[]) =>
  sendIn(stores, worker, { producerId: 7, epoch: 0, sequence }, ...values);

const sendIn = (
  { clock }: TestStores,
  { services }: TestWorker,
  producer: { producerId: number; epoch: number; sequence: number },
  ...values: string[]
) => drive(clock, services.logs.of(at).append(idempotentOf(producer, ...values), deadlineIn(clock, 20 * SECOND)));

const appendPlain = ({ clock }: TestStores, { services }: TestWorker, value: string) =>
  drive(clock, services.logs.of(at).append(appendOf(value), deadlineIn(clock, 20 * SECOND)));

const readAll = async ({ services }: TestWorker) =>
  textsOf((await services.logs.of(at).reader.read({ offset: 0, maxBytes: 1 << 20 })).batches);

const operations = ({ calls }: TestWorker) => calls.map(({ operation }) => operation);

describe('an idempotent batch', () => {
  it('is stored once however often and wherever it is sent', async () => {
    const stores = memoryStores();
    const [one, two] = [stores.worker(), stores.worker()];
    expect(await send(stores, one, 0, 'a', 'b')).toMatchObject({ baseOffset: 0 });
    expect(await send(stores, one, 2, 'c')).toMatchObject({ baseOffset: 2 });
    expect(await send(stores, two, 2, 'c')).toMatchObject({ baseOffset: 2 });
    expect(await send(stores, two, 0, 'a', 'b')).toMatchObject({ baseOffset: 0 });
    expect(await readAll(two)).toEqual(['0:a', '1:b', '2:c']);
  });

  it('costs two writes where the same worker served the batch before', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await send(stores, worker, 0, 'a');
    worker.calls.length = 0;
    await send(stores, worker, 1, 'b');
    expect(operations(worker)).toEqual(['replace', 'create']);
  });

  it('costs one get and one query more where another worker served the batch before', async () => {
    const stores = memoryStores();
    const [one, two] = [stores.worker(), stores.worker()];
    await appendPlain(stores, two, 'warm');
    await send(stores, one, 0, 'a');
    two.calls.length = 0;
    await send(stores, two, 1, 'b');
    expect(operations(two).filter(operation => operation !== 'create')).toEqual(['get', 'query', 'replace']);
  });

  it.each([
    ['the cell', 'replace'],
    ['the entry', 'create'],
  ] as const)('is stored once when the reply to the write of %s is lost', async (_name, operation) => {
    const stores = memoryStores();
    const worker = stores.worker();
    await send(stores, worker, 0, 'a');
    worker.faults.next(operation, replyLost);
    expect(await send(stores, worker, 1, 'b')).toMatchObject({ baseOffset: 1 });
    expect(await readAll(worker)).toEqual(['0:a', '1:b']);
  });

  it('is stored once when its worker died between its two writes, and another is asked', async () => {
    const stores = memoryStores();
    const [dead, worker] = [stores.worker(), stores.worker()];
    await send(stores, dead, 0, 'a');
    for (let tries = 0; tries < 1_000; tries++) dead.faults.next('create', requestLost);
    await expect(send(stores, dead, 1, 'b')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await send(stores, worker, 1, 'b')).toMatchObject({ baseOffset: 1 });
    expect(await send(stores, worker, 2, 'c')).toMatchObject({ baseOffset: 2 });
    expect(await readAll(worker)).toEqual(['0:a', '1:b', '2:c']);
  });

  it('is stored once when its entry arrives after a retry elsewhere stored it', async () => {
    const stores = memoryStores();
    const [slow, worker] = [stores.worker(), stores.worker()];
    await send(stores, slow, 0, 'a');
    slow.faults.next(
      'create',
      appliedLater(() => stores.clock.sleep(60 * SECOND)),
    );
    slow.faults.next('create', async (call, apply) => {
      const rival = worker.services.logs.of(at);
      await rival.append(appendOf('plain'), FAR);
      await rival.append(idempotentOf({ producerId: 7, epoch: 0, sequence: 1 }, 'b'), FAR);
      return noFault(call, apply);
    });
    expect(await send(stores, slow, 1, 'b')).toMatchObject({ baseOffset: 2 });
    await stores.clock.advance(120 * SECOND);
    expect(await readAll(worker)).toEqual(['0:a', '1:plain', '2:b']);
  });

  it('is stored once when two tries of it meet in one process', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const both = await Promise.all([send(stores, worker, 0, 'a'), send(stores, worker, 0, 'a')]);
    expect(both.map(({ baseOffset }) => baseOffset)).toEqual([0, 0]);
    expect(await readAll(worker)).toEqual(['0:a']);
  });

  it('keeps its place when it follows one whose entry is still on its way', async () => {
    const stores = memoryStores();
    const [slow, worker] = [stores.worker(), stores.worker()];
    await appendPlain(stores, slow, 'warm');
    slow.faults.next('create', noFault);
    slow.faults.next('create', async (call, apply) => {
      await stores.clock.sleep(300);
      return noFault(call, apply);
    });
    const first = send(stores, slow, 0, 'a');
    const second = stores.clock.sleep(100).then(() => send(stores, worker, 1, 'b'));
    expect((await drive(stores.clock, Promise.all([first, second]))).map(({ baseOffset }) => baseOffset)).toEqual([
      1, 2,
    ]);
  });

  it('is refused as out of order when the batch before it never shows', async () => {
    const stores = memoryStores();
    const [dead, worker] = [stores.worker(), stores.worker()];
    await appendPlain(stores, dead, 'warm');
    dead.faults.next('create', noFault);
    for (let tries = 0; tries < 1_000; tries++) dead.faults.next('create', requestLost);
    await expect(send(stores, dead, 0, 'a')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await expect(send(stores, worker, 1, 'b')).rejects.toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE' });
    expect(await readAll(worker)).toEqual(['0:warm']);
  });
});

describe('a sequence', () => {
  it('that skips ahead is refused', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await send(stores, worker, 0, 'a');
    await expect(send(stores, worker, 2, 'c')).rejects.toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE' });
  });

  it('that begins elsewhere than at 0 is refused', async () => {
    const stores = memoryStores();
    await expect(send(stores, stores.worker(), 5, 'a')).rejects.toMatchObject({ code: 'UNKNOWN_PRODUCER_ID' });
  });

  it('among the last five batches before the newest answers its offset, an older one is refused', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    for (let sequence = 0; sequence < 7; sequence++) await send(stores, worker, sequence, `v${sequence}`);
    expect(await send(stores, worker, 1, 'v1')).toMatchObject({ baseOffset: 1 });
    await expect(send(stores, worker, 0, 'v0')).rejects.toMatchObject({ code: 'DUPLICATE_SEQUENCE' });
  });

  it('sent again with another count is refused', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await send(stores, worker, 0, 'a', 'b');
    await expect(send(stores, worker, 0, 'a')).rejects.toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE' });
    await expect(send(stores, worker, 1, 'b')).rejects.toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE' });
  });

  it('wraps to 0 after the largest int32', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const half = 2 ** 30;
    // a cell as it stands after two thousand million records
    await send(stores, worker, 0, 'a');
    const key = { pk: 'partition/t/0', sk: 'producer/7' };
    const item = await stores.cluster.get(key);
    const pending = [limits.sequence, 1, 0];
    const recent = [[half, half - 1, 0]];
    await stores.cluster.replace(
      { ...key, writeId: 'w', attributes: { epoch: 0, pending, recent } },
      item?.version ?? 0,
    );
    await stores.log.create({
      pk: 't/0',
      sk: '1'.padStart(20, '0'),
      writeId: 'e',
      attributes: { n: 1, t: 0, c: 0, z: 0, s: 0, b: new Uint8Array(), q: [[0, 7, 0, limits.sequence, 1]] },
    });
    expect(await send(stores, stores.worker(), 0, 'next')).toMatchObject({ baseOffset: 2 });
  });
});

describe('a producer epoch', () => {
  it('starts over at sequence 0 and fences the one before', async () => {
    const stores = memoryStores();
    const [old, young] = [stores.worker(), stores.worker()];
    await send(stores, old, 0, 'a');
    expect(await sendIn(stores, young, { producerId: 7, epoch: 1, sequence: 0 }, 'b')).toMatchObject({ baseOffset: 1 });
    await expect(send(stores, old, 1, 'c')).rejects.toMatchObject({ code: 'INVALID_PRODUCER_EPOCH' });
    await expect(sendIn(stores, young, { producerId: 7, epoch: 2, sequence: 3 }, 'd')).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE',
    });
  });

  it('stops an older one whose write was on its way', async () => {
    const stores = memoryStores();
    const [frozen, young] = [stores.worker(), stores.worker()];
    await send(stores, frozen, 0, 'a');
    frozen.faults.next('create', async (call, apply) => {
      await sendIn(stores, young, { producerId: 7, epoch: 1, sequence: 0 }, 'new');
      return noFault(call, apply);
    });
    await expect(send(stores, frozen, 1, 'old')).rejects.toMatchObject({ code: 'INVALID_PRODUCER_EPOCH' });
    expect(await readAll(young)).toEqual(['0:a', '1:new']);
  });
});

it('whose stretch of the log was rolled away is told to take a new epoch', async () => {
  const stores = memoryStores();
  const [dead, worker] = [stores.worker(), stores.worker()];
  await send(stores, dead, 0, 'a');
  for (let tries = 0; tries < 1_000; tries++) dead.faults.next('create', requestLost);
  await expect(send(stores, dead, 1, 'b')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  for (const value of ['x', 'y']) await appendPlain(stores, worker, value);
  const attributes = partitionStateAttributes({ ...neverRolled, rolledOffset: 3 });
  await stores.cluster.create({ ...partitionStateKey(at), writeId: 'roll', attributes });
  stores.log.dropExpired(Number.MAX_SAFE_INTEGER);
  await expect(send(stores, stores.worker(), 1, 'b')).rejects.toMatchObject({ code: 'UNKNOWN_PRODUCER_ID' });
});
