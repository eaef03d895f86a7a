import { describe, expect, it } from 'vitest';
import { metricsLine } from '../../functions/metrics-line.ts';
import { newReport } from '../../lib/maintenance/report.ts';

const context = { functionName: 'm', isScheduled: true, now: 1_700_000_000_000 };

describe("a run's metrics", () => {
  it('say of compaction how dirty a log was, what was read and what is left of it, and how long that took', () => {
    const compaction = { dirtyRatio: 0.75, cleanedBytes: 4_000, keptBytes: 1_000, cleaningMs: 20 };
    const line = JSON.parse(metricsLine({ ...newReport(), ...compaction }, context));
    expect(line).toMatchObject({ DirtyRatio: 0.75, CleanedBytes: 4_000, KeptBytes: 1_000, CleaningMs: 20 });
    expect(line._aws.CloudWatchMetrics[0].Metrics).toEqual(
      expect.arrayContaining([
        { Name: 'DirtyRatio', Unit: 'None' },
        { Name: 'CleanedBytes', Unit: 'Bytes' },
        { Name: 'KeptBytes', Unit: 'Bytes' },
        { Name: 'CleaningMs', Unit: 'Milliseconds' },
      ]),
    );
  });

  it('are told where there was nothing to do: a ratio that is gone is not one that stays', () => {
    const line = JSON.parse(metricsLine(newReport(), context));
    expect(line).toMatchObject({ ScheduledRuns: 1, DirtyRatio: 0, CleanedBytes: 0, KeptBytes: 0, CleaningMs: 0 });
  });
});
