/**
 * Whoever is sent to roll a partition while another compacts it finds that one leading, and does not come again. What was appended
 * after the last roll of the compaction waited for the schedule.
 */
import { expect, it } from 'vitest';
import { readPartitionState } from '../../lib/log/partition-state.ts';
import { compactPartition, maintainPartition } from '../../lib/maintenance/maintain-partition.ts';
import { newReport } from '../../lib/maintenance/report.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { FAR } from '../support/far-deadline.ts';
import { appendKeyed } from '../support/keyed-log.ts';
import { memoryStores } from '../support/memory-services.ts';

it('rolls what another was sent for while it compacted, and found it leading', async () => {
  const stores = memoryStores();
  const config = { 'cleanup.policy': 'compact', 'segment.bytes': '14', 'min.cleanable.dirty.ratio': '0' };
  const [compactor, roller] = [stores.worker(), stores.worker()];
  const { topicId } = await createTopic(compactor.services, {
    name: 't',
    partitions: 1,
    config: new Map(Object.entries(config)),
  });
  const at = { topicId, partition: 0 };
  for (const value of ['1', '2']) {
    await appendKeyed(compactor, [{ key: 'a', value }], { at });
    await rollPartition(compactor.maintenance, at, { config, deadline: FAR, isForced: true });
  }
  let sent = false;
  compactor.faults.intercept = async (call, apply) => {
    const resigns = call.store === 'items' && call.operation === 'replace' && call.key.endsWith('leader');
    if (resigns && !sent) {
      sent = true;
      await appendKeyed(roller, [{ key: 'b', value: '1' }], { at });
      await maintainPartition(roller.maintenance, at, { name: 't', config, deadline: FAR, report: newReport() });
    }
    return apply();
  };
  const report = newReport();
  await compactPartition(compactor.maintenance, at, { name: 't', config, deadline: FAR, report });
  expect(report.failures).toEqual([]);
  expect(sent).toBe(true);
  expect((await readPartitionState(stores.cluster, at)).rolledOffset).toBe(3);
});
