/** The guards that triggers rest on: without any of them records are skipped, or come out of order, or not at all. */
import { edit, type Mutant } from './mutants.ts';

const HOLD = 'lib/triggers/hold.ts';
const RUN = 'lib/triggers/partition-run.ts';
const RUNS = 'lib/triggers/run-partition.ts';
const STATE = 'lib/triggers/run-state.ts';

export const triggerMutants: readonly Mutant[] = [
  {
    without: 'the lease: whoever is started takes the partition',
    edits: [edit(HOLD, 'return !isHeld(run.until, now);', 'return !isHeld(run.until - 1e12, now);')],
    anomalies: ['overlapping-invocations', 'out-of-order-delivery'],
  },
  {
    without: 'the fence: a runner that finds its cell changed writes all the same',
    edits: [
      edit(
        HOLD,
        "if (!written.isWritten) throw new FencedError('another runner has taken the partition');",
        'if (!written.isWritten) { this.#version = written.version; return this.#write(until); }',
      ),
    ],
    anomalies: ['overlapping-invocations', 'out-of-order-delivery', 'skipped-by-trigger'],
  },
  {
    without: 'the lease that outlasts the invocation',
    edits: [
      edit(
        HOLD,
        '  functionTimeoutMs + SLACK_MS + RENEWED_WITHIN_MS;',
        '  1 + 0 * (functionTimeoutMs + SLACK_MS + RENEWED_WITHIN_MS);',
      ),
      edit(
        HOLD,
        'left >= this.#trigger.functionTimeoutMs + SLACK_MS;',
        'left >= -1e12 + this.#trigger.functionTimeoutMs + SLACK_MS;',
      ),
    ],
    anomalies: ['overlapping-invocations'],
  },
  {
    without: 'the commit after success alone: what failed is committed too',
    edits: [
      edit(
        'lib/triggers/judge-answer.ts',
        'return failure({ trigger, progress, records: invocation.records, now, error: answer.error });',
        "return { progress: advanced(progress, invocation.end), outcome: 'done' };",
      ),
    ],
    anomalies: ['skipped-by-trigger', 'out-of-order-delivery'],
  },
  {
    without: 'the destination before the commit: a record is given up although it did not arrive there',
    edits: [
      edit(
        RUN,
        'return this.#backOff(this.#inVain);\n    }\n    this.#report.givenUp',
        'void cause;\n    }\n    this.#report.givenUp',
      ),
    ],
    anomalies: ['skipped-by-trigger'],
  },
  {
    without: 'the note of what is due before a run',
    edits: [
      edit(
        RUNS,
        '  const due = await persist(services, () => noteDue(services, request, at));',
        '  const due = { ...request, at, version: 0 };\n  void noteDue;',
      ),
    ],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the note that outlives a run which was fenced, or waits',
    edits: [edit(RUNS, "if (end === 'idle' || end === 'stopped') await", "if (end !== 'held') await")],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the last look at the end of the log, after the lease was given back',
    edits: [edit(RUNS, "if (end !== 'idle' || report.lag === 0) return end;", 'return end;')],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the look at everything, every hour',
    edits: [
      edit(
        'lib/triggers/dispatch.ts',
        'const parts = await partsOf(services, triggers.filter(isRunning));',
        'const parts = await partsOf(services, []);',
      ),
    ],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'what a function reports: all that it was given is done',
    edits: [
      edit(
        'lib/triggers/judge-answer.ts',
        'trigger.reportsItemFailures ? firstFailure(answer.response, invocation) : undefined;',
        'trigger.reportsItemFailures && trigger.batchSize < 0 ? firstFailure(answer.response, invocation) : undefined;',
      ),
    ],
    anomalies: ['skipped-by-trigger', 'out-of-order-delivery'],
  },
  {
    without: 'the invocations of which nothing is known: a record that kills its runners is delivered for ever',
    edits: [edit(STATE, 'unknown: range.unknown + 1', 'unknown: 0 * range.unknown')],
    anomalies: ['stuck-trigger'],
  },
];
