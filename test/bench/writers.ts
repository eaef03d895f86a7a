/** Those who append to one partition at once, for the measurement of contention. */
import { logKeyOf } from '../../lib/log/catalogue.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import type { Client } from './load.ts';
import type { Meter } from './meter.ts';
import { newEntry } from './new-entry.ts';
import { type Stores, workerOn } from './stores.ts';
import { batchOf } from './workload.ts';

/** Of 100 bytes: such an append fits one write unit, and stays in its entry after a lost race too. */
export const RECORDS_PER_APPEND = 5;

const APPEND_WITHIN_MS = 20_000;

/** How they write: each by a worker of its own, all by one worker, or past the log straight into the table. */
export type Writing = 'a worker each' | 'one worker' | 'bare creates';

export interface Writers {
  readonly stores: Stores;
  readonly meter: Meter;
  readonly writing: Writing;
  readonly at: TopicPartition;
  readonly writers: number;
}

export function writersOf(params: Writers): readonly Client[] {
  const batch = batchOf({ recordBytes: 100, batchRecords: RECORDS_PER_APPEND });
  return params.writing === 'bare creates' ? bareWriters(params, batch) : appenders(params, batch);
}

function appenders({ stores, meter, writing, at, writers }: Writers, bytes: Uint8Array): readonly Client[] {
  const batches = [{ bytes, count: RECORDS_PER_APPEND, maxTimestamp: Date.now() }];
  const shared = workerOn(stores, meter);
  return Array.from({ length: writers }, () => {
    const { clock, logs } = writing === 'one worker' ? shared : workerOn(stores, meter);
    return async () => {
      await logs.of(at).append({ batches, stampAppendTime: false }, deadlineIn(clock, APPEND_WITHIN_MS));
      return { records: RECORDS_PER_APPEND, bytes: 0 };
    };
  });
}

/** Creates of entries like those that appends leave, under keys that count up. */
function bareWriters({ stores, meter, at, writers }: Writers, batch: Uint8Array): readonly Client[] {
  const table = meter.table(stores.log);
  let baseOffset = 0;
  const create: Client = async () => {
    const entry = newEntry(logKeyOf(at), { baseOffset, batch, count: RECORDS_PER_APPEND });
    baseOffset += RECORDS_PER_APPEND;
    await table.create(entry);
    return { records: RECORDS_PER_APPEND, bytes: 0 };
  };
  return Array.from({ length: writers }, () => create);
}
