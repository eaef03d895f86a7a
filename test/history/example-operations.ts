/** Operations for tests of the checker, one after the other in time unless they are given other times. */
import type { AnomalyKind } from './anomaly.ts';
import type { CompactionSettings } from './check-compaction.ts';
import { type CheckOptions, checkHistory } from './check-history.ts';
import type {
  CommitOperation,
  CommittedOperation,
  DeleteRecordsOperation,
  FetchOperation,
  InitProducerOperation,
  JoinOperation,
  Operation,
  ProduceOperation,
  ResetOperation,
} from './history.ts';

let time = 0;

/** The next operation in time, after all before it have ended. */
export const next = () => ({ client: 'c', log: 'l#1/0', start: ++time, end: ++time });

export const pass = (ms: number): void => {
  time += ms;
};

export const DAY = 86_400_000;

export const ok = (baseOffset: number) => ({ outcome: 'ok', result: { baseOffset } }) as const;
export const unknown = { outcome: 'unknown', error: 'no answer' } as const;
export const failedWith = (code: string) => ({ outcome: 'failed', code, error: 'refused' }) as const;
export const failed = failedWith('THROTTLED');

export const sent = (
  values: string[],
  answer: ProduceOperation['answer'],
  more: Partial<ProduceOperation> = {},
): ProduceOperation => ({ operation: 'produce', ...next(), values, answer, ...more });

/** Of the producer with id 1. */
export const inSequence = (sequence: number, epoch = 0) => ({ producer: { id: 1, epoch, sequence } });

/** Keys of the values of a batch, with a `!` behind it where the value is a tombstone. */
export const keyed = (...keys: readonly string[]) => ({
  keys: keys.map(key => key.replace('!', '')),
  tombstones: keys.flatMap((key, index) => (key.endsWith('!') ? index : [])),
});

/** With the log of all operations compacted. */
export const compacted = (settings: Partial<CompactionSettings> = {}): CheckOptions => ({
  compacted: { l: { minLagMs: 0, deleteRetentionMs: 0, ...settings } },
});

type Bounds = Partial<{ nextOffset: number; highWatermark: number; logStartOffset: number }>;

/** A read of values side by side; the empty one stands for an offset that is passed over. */
export const read = (offset: number, values: string[], more: Bounds = {}) => {
  const records = values.map((value, index) => ({ offset: offset + index, value })).filter(({ value }) => value !== '');
  const nextOffset = offset + values.length;
  const result = { records, nextOffset, highWatermark: nextOffset, logStartOffset: 0, ...more };
  return { operation: 'fetch', ...next(), offset, answer: { outcome: 'ok', result } } satisfies FetchOperation;
};

export const refused = (offset: number): FetchOperation => ({
  operation: 'fetch',
  ...next(),
  offset,
  answer: failedWith('OFFSET_OUT_OF_RANGE'),
});

export const given = (producerId: number, producerEpoch: number): InitProducerOperation => ({
  operation: 'initProducer',
  ...next(),
  answer: { outcome: 'ok', result: { producerId, producerEpoch } },
});

const done = { outcome: 'ok', result: {} } as const;

export const deleted = (offset: number, answer: DeleteRecordsOperation['answer'] = done): DeleteRecordsOperation => ({
  operation: 'deleteRecords',
  ...next(),
  offset,
  answer,
});

export const commit = (offset: number, answer: CommitOperation['answer'] = done): CommitOperation => ({
  operation: 'commit',
  ...next(),
  group: 'g',
  offset,
  answer,
});

/** By a member that has the partition since an epoch. */
export const committedBy = (
  member: string,
  since: number,
  offset: number,
  incarnation = `${member}-1`,
): CommitOperation => ({
  ...commit(offset),
  right: { member, incarnation, since },
});

/** A read of a member of the group, of values that nobody has to have sent. */
export const readByGroup = (offset: number, values: string[], more: Bounds = {}): FetchOperation => ({
  ...read(offset, values, more),
  group: 'g',
});

export const joins = (offsetReset: JoinOperation['offsetReset']): JoinOperation => {
  const { log: _, ...timed } = next();
  return { operation: 'join', ...timed, group: 'g', offsetReset, answer: done };
};

export const reset = (offset: number, answer: ResetOperation['answer'] = done): ResetOperation => ({
  operation: 'reset',
  ...next(),
  group: 'g',
  offset,
  answer,
});

export const committed = (offset: number): CommittedOperation => ({
  operation: 'committed',
  ...next(),
  group: 'g',
  answer: { outcome: 'ok', result: { offset } },
});

export const kindsWith = (options: CheckOptions, history: readonly Operation[]): AnomalyKind[] => [
  ...new Set(checkHistory(history, options).map(({ kind }) => kind)),
];

export const kinds = (...history: Operation[]): AnomalyKind[] => kindsWith({}, history);
