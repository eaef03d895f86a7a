/** Simulates many seeds in threads, as many at once as there are cores. */
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { AnomalyKind } from '../history/anomaly.ts';
import type { CompactionCounts } from './compaction-counts.ts';
import type { Edit } from './edits.ts';
import type { FaultCounts } from './faults.ts';
import type { GroupCounts } from './group-counts.ts';
import type { ThreadData } from './seed-thread.ts';
import type { TriggerCounts } from './trigger-counts.ts';

/** What a thread that has done its last seed is waited for. */
const ENDS_WITHIN_MS = 5_000;

/** What one run showed. */
export interface SeedReport {
  readonly seed: number;
  readonly anomalies: readonly {
    readonly kind: AnomalyKind | 'crash';
    readonly log: string;
    readonly detail: string;
  }[];
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly faults: FaultCounts;
  readonly compaction: CompactionCounts;
  readonly group: GroupCounts;
  readonly trigger: TriggerCounts;
}

export interface SeedsOptions {
  readonly first: number;
  readonly count: number;
  /** Of each run. */
  readonly operations: number;
  readonly threads?: number;
  readonly edits?: readonly Edit[];
  /** Which seeds are run; all, where it is left out. */
  readonly isWanted?: (seed: number) => boolean;
  /** Told of every run, in no order; the rest is left out once it answers `stop`. */
  readonly onReport: (report: SeedReport) => 'go on' | 'stop';
}

export async function runSeeds(options: SeedsOptions): Promise<void> {
  const { first, count, operations, threads = availableParallelism(), edits = [], isWanted, onReport } = options;
  let next = first;
  let end = first + count;
  const takeSeed = () => {
    while (next < end && isWanted?.(next) === false) next++;
    return next < end ? next++ : undefined;
  };
  const report = (seen: SeedReport) => {
    if (onReport(seen) === 'stop') end = next;
  };
  const data: ThreadData = { operations, edits };
  await Promise.all(Array.from({ length: Math.min(threads, count) }, () => runThread(data, takeSeed, report)));
}

/** One thread, which gets a seed whenever it has done the one before. */
async function runThread(
  data: ThreadData,
  takeSeed: () => number | undefined,
  report: (seen: SeedReport) => void,
): Promise<void> {
  const thread = new Worker(new URL('./seed-thread.ts', import.meta.url), { workerData: data });
  try {
    await new Promise<void>((resolve, reject) => {
      const send = () => {
        const seed = takeSeed();
        if (seed === undefined) resolve();
        else thread.postMessage(seed);
      };
      thread.on('message', (seen: SeedReport) => {
        report(seen);
        send();
      });
      thread.on('error', reject);
      send();
    });
  } finally {
    await end(thread);
  }
}

/** Lets the thread end by itself: to stop it while V8 still compiles for it has brought down the whole process. */
async function end(thread: Worker): Promise<void> {
  const ended = new Promise(resolve => thread.once('exit', resolve));
  thread.postMessage('end');
  await Promise.race([ended, setTimeout(ENDS_WITHIN_MS, undefined, { ref: false })]);
  await thread.terminate();
}
