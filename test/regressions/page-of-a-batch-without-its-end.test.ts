/**
 * A batch may lose its last records to compaction and keep earlier ones. A read at an offset among those that are gone, of as few
 * bytes as there can be, was answered with that batch: no record at the offset or above, and no wait for one.
 */
import { expect, it } from 'vitest';
import { fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import { compactLog } from '../../lib/maintenance/compact-log.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { FAR } from '../support/far-deadline.ts';
import { appendKeyed } from '../support/keyed-log.ts';
import { memoryStores } from '../support/memory-services.ts';

it('answers with the next record where a batch has lost all that stood from the offset on, however little is asked for', async () => {
  const stores = memoryStores();
  const config = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' };
  const { services, maintenance } = stores.worker();
  const { topicId } = await createTopic(services, {
    name: 't',
    partitions: 1,
    config: new Map(Object.entries(config)),
  });
  const at = { topicId, partition: 0 };
  await appendKeyed(
    stores.worker(),
    [
      { key: 'stays', value: '1' },
      { key: 'a', value: '1' },
    ],
    { at },
  );
  await appendKeyed(stores.worker(), [{ key: 'a', value: '2' }], { at });
  await rollPartition(maintenance, at, { config, deadline: FAR, isForced: true });
  await compactLog(maintenance, at, { config, readConfig: async () => config, deadline: FAR });
  const partitions = [{ topic: 't', partition: 0, offset: 1, maxBytes: 1 }];
  const [result] = await fetchPartitions(services, { partitions, maxBytes: 1, maxWaitMs: 0, minBytes: 1 });
  if (!result || 'error' in result) throw new Error('unreachable');
  const offsets = result.batches
    .flatMap(({ bytes }) => decodeBatch(bytes, { maxDecompressedBytes: 1 << 20 }))
    .map(({ offset }) => offset)
    .filter(offset => offset >= 1);
  expect(offsets).toEqual([2]);
});
