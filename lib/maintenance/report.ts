import { MillraceError } from '../protocol/errors.ts';

/** What was done, and how it went. */
export interface MaintenanceReport {
  rolledSegments: number;
  rolledBytes: number;
  mergedSegments: number;
  mergedBytes: number;
  expiredSegments: number;
  expiredBytes: number;
  cleanedSegments: number;
  /** Of segments that were cleaned, before and after. */
  cleanedBytes: number;
  keptBytes: number;
  cleaningMs: number;
  /** The largest share of uncompacted bytes that a log was found with. */
  dirtyRatio: number;
  sweptObjects: number;
  sweptBytes: number;
  droppedEntries: number;
  removedTopics: number;
  /** Groups that nobody had used for as long as their offsets are kept. */
  expiredGroups: number;
  /** For how long an entry that was found unrolled had been due by its age, at most; in milliseconds. */
  rollLagMs: number;
  /** One per job that failed, which it names, with its cause; the next run does it again. */
  readonly failures: Error[];
}

export const newReport = (): MaintenanceReport => ({
  rolledSegments: 0,
  rolledBytes: 0,
  mergedSegments: 0,
  mergedBytes: 0,
  expiredSegments: 0,
  expiredBytes: 0,
  cleanedSegments: 0,
  cleanedBytes: 0,
  keptBytes: 0,
  cleaningMs: 0,
  dirtyRatio: 0,
  sweptObjects: 0,
  sweptBytes: 0,
  droppedEntries: 0,
  removedTopics: 0,
  expiredGroups: 0,
  rollLagMs: 0,
  failures: [],
});

/** Does a job, and reports it where it fails. A topic that was deleted meanwhile is no failure. */
export async function attempt(report: MaintenanceReport, name: string, job: () => Promise<void>): Promise<void> {
  try {
    await job();
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC') return;
    report.failures.push(new Error(`could not ${name}`, { cause: error }));
  }
}
