import { describe, expect, it } from 'vitest';
import { produceBatches } from '../../lib/produce/produce-batches.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores } from '../support/memory-services.ts';

const MIB = 1 << 20;

/** A batch of one record of so many zeros. */
const zeros = (bytes: number, producerId = -1) => {
  const records = [{ timestamp: 1, key: null, value: new Uint8Array(bytes), headers: [] }];
  return encodeBatch({ records, codec: 'zstd', producer: { producerId, producerEpoch: 0, baseSequence: 0 } });
};

async function send(...batches: Uint8Array[]) {
  const stores = memoryStores();
  const { services } = stores.worker();
  await createTopic(services, { name: 't' });
  const results = await produceBatches(services, {
    topic: 't',
    partition: 0,
    bytes: Buffer.concat(batches),
    deadline: FAR,
  });
  return { stores, offsets: results.map(result => ('error' in result ? result.error.code : result.offset)) };
}

describe('raw batches', () => {
  it('are stored side by side in one entry', async () => {
    const { stores, offsets } = await send(zeros(10), zeros(10), zeros(10));
    expect(offsets).toEqual([0, 1, 2]);
    expect(stores.log.all()).toHaveLength(1);
  });

  it('may decompress to 16 MiB each and 32 MiB together, and not to more', async () => {
    const overhead = 64;
    expect((await send(zeros(16 * MIB - overhead))).offsets).toEqual([0]);
    await expect(send(zeros(16 * MIB))).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect((await send(...Array.from({ length: 31 }, () => zeros(MIB)))).offsets).toHaveLength(31);
    await expect(send(...Array.from({ length: 33 }, () => zeros(MIB)))).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    });
  });

  it('with a producer id go alone', async () => {
    expect((await send(zeros(1, 7))).offsets).toEqual([0]);
    await expect(send(zeros(1, 7), zeros(1))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('of nothing are refused', async () => {
    await expect(send()).rejects.toMatchObject({ code: 'CORRUPT_MESSAGE' });
  });
});
