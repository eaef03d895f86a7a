/** What a small run gathers in which all is well, for tests of the verdict. */
import type { Operation } from '../history/history.ts';
import type { Processed } from './processed.ts';
import type { Gathered } from './run-report.ts';
import { CLICK, CLICK_PARTITIONS, GROUPS, PROFILE, TRIGGER } from './settings.ts';

/** Of each partition. */
const RECORDS = 4;

const ok = <R>(result: R) => ({ outcome: 'ok', result }) as const;

const partitions = Array.from({ length: CLICK_PARTITIONS }, (_, partition) => partition);
const offsets = Array.from({ length: RECORDS }, (_, offset) => offset);

export const textOf = (partition: number, offset: number): string => `v-${partition}-${offset}`;

/** One after the other in time. */
function history(): readonly Operation[] {
  let time = 0;
  const next = (client: string) => ({ client, start: ++time, end: ++time });
  const logs = partitions.map(partition => `${CLICK}#1/${partition}`);
  const whole = { nextOffset: RECORDS, highWatermark: RECORDS, logStartOffset: 0 };
  const valuesOf = (partition: number) => offsets.map(offset => ({ offset, value: textOf(partition, offset) }));
  const profile = `${PROFILE}#1/0`;
  const keyed = { values: ['old', 'new'], keys: ['k', 'k'] };
  return [
    {
      operation: 'make',
      ...next('run'),
      trigger: TRIGGER,
      life: 1,
      topics: [CLICK],
      begins: 'earliest',
      answer: ok({}),
    },
    ...logs.map((log, partition): Operation => {
      const values = offsets.map(offset => textOf(partition, offset));
      const producer = { id: 1, epoch: 0, sequence: 0 };
      return { operation: 'produce', ...next('producer'), log, values, producer, answer: ok({ baseOffset: 0 }) };
    }),
    { operation: 'produce', ...next('producer'), log: profile, ...keyed, answer: ok({ baseOffset: 0 }) },
    ...GROUPS.flatMap(group =>
      logs.flatMap((log, partition): Operation[] => [
        {
          operation: 'fetch',
          ...next(group),
          log,
          group,
          offset: 0,
          answer: ok({ records: valuesOf(partition), ...whole }),
        },
        { operation: 'commit', ...next(group), log, group, offset: RECORDS, answer: ok({}) },
        { operation: 'committed', ...next('watch'), log, group, answer: ok({ offset: RECORDS }) },
      ]),
    ),
    ...logs.map((log): Operation => {
      const given = { trigger: TRIGGER, life: 1, offsets, lookedAfter: 0 };
      return { operation: 'invoke', ...next('function'), log, ...given, answer: ok({ done: offsets }) };
    }),
    ...logs.map((log): Operation => {
      const result = { offset: RECORDS, logEndOffset: RECORDS };
      return { operation: 'progress', ...next('run'), log, trigger: TRIGGER, answer: ok(result) };
    }),
    ...logs.map((log, partition): Operation => {
      const result = { records: valuesOf(partition), ...whole };
      return { operation: 'fetch', ...next(`last-${CLICK}`), log, offset: 0, answer: ok(result) };
    }),
    // long after: what compaction takes has to be of some age
    {
      operation: 'fetch',
      client: `last-${PROFILE}`,
      start: time + 10_000,
      end: time + 10_001,
      log: profile,
      offset: 0,
      answer: ok({ records: [{ offset: 1, value: 'new' }], nextOffset: 2, highWatermark: 2, logStartOffset: 0 }),
    },
  ];
}

const processed = (): readonly Processed[] =>
  GROUPS.flatMap(group =>
    partitions.flatMap(partition =>
      offsets.map(offset => ({ who: 'a', group, at: 100, partition, offset, value: textOf(partition, offset) })),
    ),
  );

export const goodRun = (): Gathered => ({
  seconds: 1,
  records: CLICK_PARTITIONS * RECORDS,
  memberSpeed: 10,
  servers: 2,
  history: history(),
  calmFrom: 1_000,
  calmTo: 2_000,
  processed: processed(),
  faults: [{ kind: 'member killed', who: 'a', at: 150, until: 150 }],
  proxies: {
    clients: { counts: { requests: 20, atRisk: 20, dropped: 1, cut: 1, delayed: 1, unanswered: 0, bugs: 0 } },
  },
  kinds: ['member killed'],
  watch: { looks: 1, compactions: 1, segments: new Set(['0/0-1']) },
  unowned: [],
  failed: [],
});
