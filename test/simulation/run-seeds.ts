/** Simulates many seeds in processes, as many at once as there are cores. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { AnomalyKind } from '../history/anomaly.ts';
import type { CompactionCounts } from './compaction-counts.ts';
import type { Edit } from './edits.ts';
import type { FaultCounts } from './faults.ts';
import type { GroupCounts } from './group-counts.ts';
import type { SeedTask } from './seed-process.ts';
import type { TriggerCounts } from './trigger-counts.ts';

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
  readonly processes?: number;
  readonly edits?: readonly Edit[];
  /** Which seeds are run; all, where it is left out. */
  readonly isWanted?: (seed: number) => boolean;
  /** Told of every run, in no order; the rest is left out once it answers `stop`. */
  readonly onReport: (report: SeedReport) => 'go on' | 'stop';
}

export async function runSeeds(options: SeedsOptions): Promise<void> {
  const { first, count, operations, processes = availableParallelism(), edits = [], isWanted, onReport } = options;
  let next = first;
  let end = first + count;
  const takeSeed = () => {
    while (next < end && isWanted?.(next) === false) next++;
    return next < end ? next++ : undefined;
  };
  const report = (seen: SeedReport) => {
    if (onReport(seen) === 'stop') end = next;
  };
  const task: SeedTask = { operations, edits };
  await Promise.all(Array.from({ length: Math.min(processes, count) }, () => runProcess(task, takeSeed, report)));
}

/**
 * One process, which gets a seed whenever it has done the one before. No thread: hundreds of them, one after the other in a process, have
 * brought V8 down (Check failed: jit_page.has_value()).
 */
async function runProcess(
  task: SeedTask,
  takeSeed: () => number | undefined,
  report: (seen: SeedReport) => void,
): Promise<void> {
  const child = fork(new URL('./seed-process.ts', import.meta.url), [JSON.stringify(task)], {
    // none of those that this process was started with
    execArgv: [],
    serialization: 'advanced',
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const send = () => {
        const seed = takeSeed();
        if (seed === undefined) resolve();
        else child.send(seed);
      };
      child.on('message', seen => {
        report(seen as SeedReport);
        send();
      });
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(new Error(`a process of the simulator ended with ${code ?? signal}`)),
      );
      send();
    });
  } finally {
    child.kill('SIGKILL');
  }
}
