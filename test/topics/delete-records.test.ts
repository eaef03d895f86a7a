import { describe, expect, it } from 'vitest';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteRecords } from '../../lib/topics/delete-records.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { deleteTopicRecords } from '../../lib/topics/delete-topic-records.ts';
import { appendOf } from '../support/batches.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestWorker } from '../support/memory-services.ts';

/** A topic with five records in its partition, and the worker that appended them. */
async function withRecords() {
  const stores = memoryStores();
  const worker = stores.worker();
  const { topicId } = await drive(stores.clock, createTopic(worker.services, { name: 't' }));
  const at = { topicId, partition: 0 };
  await worker.services.logs.of(at).append(appendOf('0', '1', '2', '3', '4'), FAR);
  const read = ({ services }: TestWorker, offset: number) =>
    services.logs.of(at).reader.read({ offset, maxBytes: 1_000 });
  return { stores, worker, read };
}

const upTo = (offset: number) => ({ topic: 't', partition: 0, beforeOffset: offset });

const outOfRange = { code: 'OFFSET_OUT_OF_RANGE' };

describe('deleting records', () => {
  it('holds at once on the worker that does it, and on the others within 30 s', async () => {
    const { stores, worker, read } = await withRecords();
    const other = stores.worker();
    await read(worker, 0);
    await read(other, 0);
    expect(await deleteRecords(worker.services, upTo(3))).toBe(3);
    await expect(read(worker, 2)).rejects.toMatchObject(outOfRange);
    expect((await read(other, 2)).logStartOffset).toBe(0);
    await stores.clock.advance(30_001);
    await expect(read(other, 2)).rejects.toMatchObject(outOfRange);
    expect(await read(other, 3)).toMatchObject({ logStartOffset: 3, nextOffset: 5 });
  });

  it('leaves the further log start where two workers move it at once', async () => {
    const { stores, worker, read } = await withRecords();
    const other = stores.worker();
    const starts = await Promise.all([deleteRecords(worker.services, upTo(4)), deleteRecords(other.services, upTo(2))]);
    expect(starts[0]).toBe(4);
    expect((await read(stores.worker(), 4)).logStartOffset).toBe(4);
  });

  it.each([-2, 6])('is refused before offset %i, and moves nothing', async offset => {
    const { stores, worker, read } = await withRecords();
    await expect(deleteRecords(worker.services, upTo(offset))).rejects.toMatchObject(outOfRange);
    expect((await read(stores.worker(), 0)).logStartOffset).toBe(0);
  });

  it('of a topic that is gone is refused as a whole', async () => {
    const { stores, worker } = await withRecords();
    await drive(stores.clock, deleteTopic(worker.services, 't'));
    const request = { topic: 't', partitions: [{ partition: 0, beforeOffset: 1 }] };
    await expect(deleteTopicRecords(worker.services, request)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });

  it('of a topic that is gone, believed in, is an error of the partition', async () => {
    const { stores, worker } = await withRecords();
    const other = stores.worker();
    await other.services.topics.resolve('t');
    await drive(stores.clock, deleteTopic(worker.services, 't'));
    const request = { topic: 't', partitions: [{ partition: 0, beforeOffset: 1 }] };
    expect(await deleteTopicRecords(other.services, request)).toMatchObject([{ error: { code: 'UNKNOWN_TOPIC' } }]);
  });
});
