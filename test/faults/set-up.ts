/** What a run begins with: a topic that is rolled, one that is compacted, and the trigger. */
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import type { MakeOperation } from '../history/history.ts';
import {
  CLICK,
  CLICK_PARTITIONS,
  DELETE_RETENTION_MS,
  MIN_LAG_MS,
  PROFILE,
  PROFILE_PARTITIONS,
  TRIGGER,
} from './settings.ts';
import type { Target } from './target.ts';

/** Of one event. */
const RECORDS = 500;

/** A segment of the compacted topic is smaller by so much. */
const COMPACTED_SHARE = 4;

/** @returns the making of the trigger, for the history */
export async function setUp(client: MillraceClient, { pace, triggerFunction }: Target): Promise<MakeOperation> {
  const { segmentBytes, functionTimeoutMs } = pace;
  const rolled = { 'segment.bytes': String(segmentBytes) };
  const compacted = {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '0.01',
    'min.compaction.lag.ms': String(MIN_LAG_MS),
    'delete.retention.ms': String(DELETE_RETENTION_MS),
    'segment.bytes': String(Math.ceil(segmentBytes / COMPACTED_SHARE)),
  };
  await client.createTopic({ topic: CLICK, partitions: CLICK_PARTITIONS, config: rolled });
  await client.createTopic({ topic: PROFILE, partitions: PROFILE_PARTITIONS, config: compacted });
  const start = performance.now();
  await client.triggers.create({
    trigger: TRIGGER,
    topics: [CLICK],
    function: triggerFunction,
    batchSize: RECORDS,
    functionTimeoutMs,
    maximumRetryAttempts: -1,
  });
  const made = { operation: 'make', trigger: TRIGGER, life: 1, topics: [CLICK], begins: 'earliest' } as const;
  return { ...made, client: 'run', start, end: performance.now(), answer: { outcome: 'ok', result: {} } };
}
