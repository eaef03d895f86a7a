/** What everybody in a run shares: the true time, the stores, the faults, and the nights. */
import type { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import type { LogSettings } from '../../lib/log/deps.ts';
import type { Compaction } from './compaction.ts';
import type { FaultCounts } from './faults.ts';
import type { Nights } from './nights.ts';
import type { NoticedLog } from './noticed-log.ts';
import type { Scenario } from './scenario.ts';
import type { Schedule } from './schedule.ts';
import type { TriggerHost } from './trigger-host.ts';
import type { WatchedTable } from './watched-table.ts';

export interface World {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly scenario: Scenario;
  readonly nights: Nights;
  readonly log: NoticedLog;
  readonly cluster: WatchedTable;
  readonly objects: MemoryObjectStore;
  readonly settings: LogSettings;
  readonly compaction: Compaction;
  /** The faults so far. */
  readonly faults: FaultCounts;
  /** What the run's trigger works with, if it has one. */
  triggers: TriggerHost | undefined;
  /** Set once all faults are over. */
  isCalm: boolean;
  /** Told of every call, for the trace of the run. */
  readonly trace: (line: string) => void;
}

/** The true time at which a run begins, in milliseconds since the epoch. */
const EPOCH = 1_700_000_000_000;

/** The true time, which no worker knows. */
export const trueTime = (schedule: Schedule): number => EPOCH + schedule.now;
