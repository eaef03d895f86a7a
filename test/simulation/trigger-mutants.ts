/** The guards that triggers rest on: without any of them records are skipped, or come out of order, unasked, or not at all. */
import { edit, type Mutant } from './mutants.ts';

const CREATE = 'lib/triggers/create-trigger.ts';
const DISPATCH = 'lib/triggers/dispatch.ts';
const DUE = 'lib/triggers/due.ts';
const FUNCTION = 'test/simulation/trigger-function.ts';
const HOLD = 'lib/triggers/hold.ts';
const JUDGE = 'lib/triggers/judge-answer.ts';
const RESET = 'lib/triggers/reset-trigger.ts';
const RUN = 'lib/triggers/partition-run.ts';
const RUNS = 'lib/triggers/run-partition.ts';
const STATE = 'lib/triggers/run-state.ts';

const IS_HELD = 'return !isHeld(run.until, now);';

/** One invocation at a time, by one runner at a time. */
const leases: readonly Mutant[] = [
  {
    without: 'the lease: whoever is started takes the partition',
    edits: [edit(HOLD, IS_HELD, 'return !isHeld(run.until - 1e12, now);')],
    anomalies: ['overlapping-invocations', 'out-of-order-delivery'],
  },
  {
    without: 'the lease of a runner of another trigger of the group',
    edits: [edit(HOLD, IS_HELD, 'return run.triggerId !== trigger.triggerId || !isHeld(run.until, now);')],
    anomalies: ['overlapping-invocations'],
  },
  {
    without:
      'the longest lease there is: one that is longer than those of the settings of now is taken for that of a clock far ahead',
    edits: [
      edit(
        HOLD,
        'LEASED_AT_MOST_MS = leaseMs({ functionTimeoutMs: limits.triggerTimeoutMs }) + 60_000',
        'LEASED_AT_MOST_MS = leaseMs({ functionTimeoutMs: 1_000 })',
      ),
    ],
    anomalies: ['overlapping-invocations'],
  },
  {
    without: 'the fence: a runner that finds its cell changed writes all the same',
    edits: [
      edit(
        HOLD,
        "if (!written.isWritten) throw new FencedError('another runner has taken the partition');",
        'if (!written.isWritten) { this.#version = written.version; return this.#write({ offset, run }, until); }',
      ),
    ],
    anomalies: ['overlapping-invocations', 'out-of-order-delivery', 'skipped-by-trigger', 'delivery-went-back'],
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
    without:
      'what a lease is longer than its invocation: its slack, and what it is renewed within; either alone nearly suffices',
    edits: [
      edit(HOLD, 'SLACK_MS = 15_000', 'SLACK_MS = 0'),
      edit(HOLD, 'RENEWED_WITHIN_MS = 15_000', 'RENEWED_WITHIN_MS = 500'),
    ],
    anomalies: ['overlapping-invocations'],
  },
  {
    without: 'the look at the lease after it was written, before the event is sent',
    edits: [edit(RUN, 'while (!this.#hold.isLongEnough);', 'while (this.#report.invocations < 0);')],
    anomalies: ['overlapping-invocations', 'delivery-went-back'],
  },
  {
    without: 'the lease that a reset leaves to the runner that is under way',
    edits: [edit(RESET, 'epoch: epoch + 1, until };', 'epoch: epoch + 1, until: 0 * until };')],
    anomalies: ['overlapping-invocations'],
  },
  {
    without: 'the wait for the end of a function of which nothing is heard',
    edits: [
      edit(
        FUNCTION,
        'schedule.after(ms, () => {\n      const { done, answer }',
        "if (outcome === 'unknown') worker.later(1, () => resolve({ outcome, error: 'no answer came' }));\n    schedule.after(ms, () => {\n      const { done, answer }",
      ),
    ],
    anomalies: ['overlapping-invocations'],
  },
];

/** What is committed is done, and what is done is committed. */
const commits: readonly Mutant[] = [
  {
    without: 'the commit after success alone: what failed is committed too',
    edits: [
      edit(
        JUDGE,
        'return failure({ trigger, progress, records: invocation.records, now, error: answer.error });',
        "return { progress: advanced(progress, invocation.end), outcome: 'done' };",
      ),
    ],
    anomalies: ['skipped-by-trigger', 'out-of-order-delivery'],
  },
  {
    without: 'the commit of what is done before the next event',
    edits: [edit(RUN, 'do await this.#hold.write();', 'do await this.#hold.keep();')],
    anomalies: ['delivery-went-back'],
  },
  {
    without: 'the commit of what the filters passed over',
    edits: [edit(RUN, 'notBefore > 0 || this.#hold.hasMoved;', 'notBefore > 0;')],
    anomalies: ['stuck-trigger'],
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
    without: 'what a function reports: all that it was given is done',
    edits: [
      edit(
        JUDGE,
        'trigger.reportsItemFailures ? firstFailure(answer.response, invocation) : undefined;',
        'trigger.reportsItemFailures && trigger.batchSize < 0 ? firstFailure(answer.response, invocation) : undefined;',
      ),
    ],
    anomalies: ['skipped-by-trigger', 'out-of-order-delivery'],
  },
  {
    without: 'the failure of an event whose function reports what it was not given',
    edits: [edit(JUDGE, 'if (from === undefined) {', "if (from === undefined || typeof from === 'string') {")],
    anomalies: ['skipped-by-trigger', 'out-of-order-delivery'],
  },
  {
    without: 'the log start, where retention was faster than the trigger',
    edits: [
      edit(
        'lib/triggers/record-source.ts',
        "if (!(error instanceof MillraceError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error;",
        "if (error instanceof MillraceError || error !== 'OFFSET_OUT_OF_RANGE') throw error;",
      ),
    ],
    anomalies: ['stuck-trigger'],
  },
  {
    without:
      'the cell as it is when a reset writes it: one that was changed meanwhile stays, and the reset is answered as done',
    edits: [
      edit(
        RESET,
        'if ((await writeOffset(services, { life, at, version, cell: next })).isWritten) return;',
        'await writeOffset(services, { life, at, version, cell: next });\n    return;',
      ),
    ],
    anomalies: ['lost-reset'],
    needs: 'resets',
  },
];

/** Nothing that was begun, and nothing that was appended, waits for ever. */
const wakes: readonly Mutant[] = [
  {
    without: 'the note of what is due before a run',
    edits: [
      edit(
        RUNS,
        '  const due = await persist(services, () => noteDue(services, request, at));',
        "  const due = { ...request, at, note: 'none' };\n  void noteDue;",
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
    without: 'the note of its own that each run has: one that ends removes that of another',
    edits: [edit(DUE, 'dueKey(run, writeId)', "dueKey(run, 'one')")],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the note of a run that is started for notes: it removes those all the same',
    edits: [
      edit(
        RUNS,
        '  const due = await persist(services, () => noteDue(services, request, at));',
        "  const due = request.notes ? { ...request, at, note: 'none' } : await persist(services, () => noteDue(services, request, at));",
      ),
    ],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the lease that is given back at the end',
    edits: [
      edit(
        HOLD,
        'await this.#write({ offset, run: { ...run, notBefore } }, 0);',
        'await this.#write({ offset, run: { ...run, notBefore } }, run.until);',
      ),
    ],
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
        DISPATCH,
        'const parts = await partsOf(services, triggers.filter(isRunning));\n  const isToStart',
        'const parts = await partsOf(services, []);\n  const isToStart',
      ),
    ],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the start of the runners of a trigger that was made',
    edits: [edit(CREATE, '  await startTrigger(services, live);\n', '')],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the start of the runners of a trigger that goes on',
    edits: [edit('lib/triggers/update-trigger.ts', '    await startTrigger(services, updated);\n', '')],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the end of the trust in a lease of a clock far ahead',
    edits: [edit(HOLD, 'until > now && until <= now + LEASED_AT_MOST_MS', 'until > now')],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the end of the trust in a pause of a clock far ahead',
    edits: [edit(HOLD, 'notBefore > now && notBefore <= now + WAITED_AT_MOST_MS', 'notBefore > now')],
    anomalies: ['stuck-trigger'],
    needs: 'pauses',
  },
];

/** What fails is tried again as often as it should be, and no more. */
const failures: readonly Mutant[] = [
  {
    without: 'the invocations of which nothing is known: a record that kills its runners is delivered for ever',
    edits: [edit(STATE, 'unknown: range.unknown + 1', 'unknown: 0 * range.unknown')],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the delivery one by one after a runner died',
    edits: [edit(STATE, 'run.unknown > 0 && !isSolo(progress);', 'run.unknown > 1e9 && !isSolo(progress);')],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the end after three runners died with a record',
    edits: [edit(STATE, 'DEATHS_OF_A_RECORD = 3', 'DEATHS_OF_A_RECORD = 1e9')],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the second and third try of a record with which a runner died',
    edits: [edit(STATE, 'DEATHS_OF_A_RECORD = 3', 'DEATHS_OF_A_RECORD = 1')],
    anomalies: ['given-up-early'],
  },
  {
    without: 'the end of a range that failed: it grows with the log, and begins to count anew',
    edits: [edit(RUN, 'until: rangeEnd(progress),', 'until: undefined,')],
    anomalies: ['given-up-late'],
    needs: 'failures',
  },
  {
    without: 'the count of failures that a range keeps as long as it is not done',
    edits: [edit(STATE, 'if (offset <= before) return', 'if (offset < before) return')],
    anomalies: ['stuck-trigger'],
  },
  {
    without: 'the new count of deaths behind what is done',
    edits: [edit(STATE, 'run: { ...run, ends, failures: 0, unknown: 0 } };', 'run: { ...run, ends, failures: 0 } };')],
    anomalies: ['given-up-early'],
  },
  {
    without: 'the difference between a throttled function and one that failed',
    edits: [
      edit(
        JUDGE,
        "return notRun(progress, now, 'throttled: too many invocations are running');",
        "return failure({ trigger, progress, records: invocation.records, now, error: 'throttled' });",
      ),
    ],
    anomalies: ['given-up-early'],
  },
  {
    without: 'the last retry',
    edits: [
      edit(
        RUN,
        "outcome === 'failed' && failures > retriesOf(this.#trigger);",
        "outcome === 'failed' && failures >= retriesOf(this.#trigger);",
      ),
    ],
    anomalies: ['given-up-early'],
  },
  {
    without: 'the difference between triggers of a group: what failed for one has failed for the next',
    edits: [
      edit(
        HOLD,
        'run?.triggerId === trigger.triggerId ? run : newRun(trigger.triggerId)',
        'run ?? newRun(trigger.triggerId)',
      ),
    ],
    anomalies: ['given-up-early'],
  },
];

/** A trigger is one from its making to its end, and does nothing before, after, or while it is paused. */
const lives: readonly Mutant[] = [
  {
    without: 'the look whether the trigger is paused, before each event',
    edits: [edit(RUN, '|| !isRunning(now)) return false;', ') return false;')],
    anomalies: ['unasked-invocation'],
  },
  {
    without: 'the look whether the trigger is paused, before a run',
    edits: [edit(RUNS, '|| !isRunning(trigger)) return undefined;', ') return undefined;')],
    anomalies: ['unasked-invocation'],
  },
  {
    without: 'the look whether the trigger is still the same, before each event',
    edits: [edit(RUN, 'now.triggerId !== this.#trigger.triggerId ||', '')],
    anomalies: ['unasked-invocation'],
  },
  {
    without: 'where a trigger begins',
    edits: [edit(CREATE, 'await noteStarts(services, claimed, topics);', '')],
    anomalies: ['unasked-invocation'],
  },
  {
    without: 'the group that is the trigger’s alone: others commit, delete it, or make it theirs',
    edits: [edit('lib/groups/group.ts', 'if (!head.trigger) return;', 'if (head.trigger !== null) return;')],
    anomalies: ['skipped-by-trigger', 'delivery-went-back', 'out-of-order-delivery'],
  },
  {
    without: 'the retention of a group for as long as a trigger reads for it',
    edits: [edit('lib/groups/sweep-groups.ts', 'if (head.trigger) return false;', '')],
    anomalies: ['delivery-went-back', 'unasked-invocation', 'skipped-by-trigger'],
  },
  {
    without: 'the look whose the group is that is given back',
    edits: [
      edit(
        'lib/triggers/claim-group.ts',
        'if (group?.head.trigger?.triggerId !== triggerId) return;',
        'if (group === undefined) return;',
      ),
    ],
    anomalies: ['skipped-by-trigger', 'delivery-went-back', 'out-of-order-delivery', 'unavailable'],
  },
];

export const triggerMutants: readonly Mutant[] = [...leases, ...commits, ...wakes, ...failures, ...lives].map(
  guard => ({ needs: 'trigger', ...guard }),
);
