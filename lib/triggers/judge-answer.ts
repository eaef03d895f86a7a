/**
 * What an answer of a trigger's function means for the records that it was given: which are done, whether the rest failed, and what
 * is tried next. Pure: the runner acts on it.
 */
import type { TargetAnswer } from '../ports/trigger-target.ts';
import type { Trigger } from './cells.ts';
import type { SourceRecord } from './record-source.ts';
import { advanced, failed, type Progress, split, unmarked, withResult } from './run-state.ts';

export interface Invocation {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly SourceRecord[];
  /** The end of the range that was marked. */
  readonly end: number;
}

export interface JudgeParams {
  readonly trigger: Trigger;
  readonly progress: Progress;
  readonly invocation: Invocation;
  readonly answer: TargetAnswer;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Verdict {
  readonly progress: Progress;
  /** Not run: the function could not be invoked, and nothing has failed. */
  readonly outcome: 'done' | 'failed' | 'not run';
  readonly error?: string;
}

export function judgeAnswer({ trigger, progress, invocation, answer, now }: JudgeParams): Verdict {
  switch (answer.outcome) {
    case 'throttled':
      return notRun(progress, now, 'throttled: too many invocations are running');
    case 'refused':
      return notRun(progress, now, answer.error);
    case 'failed':
    case 'unknown':
      return failure({ trigger, progress, records: invocation.records, now, error: answer.error });
    case 'done': {
      const from = trigger.reportsItemFailures ? firstFailure(answer.response, invocation) : undefined;
      if (from === undefined) {
        return { progress: withResult(advanced(progress, invocation.end), now), outcome: 'done' };
      }
      return typeof from === 'string'
        ? failure({ trigger, progress, records: invocation.records, now, error: from })
        : partial({ trigger, progress, records: invocation.records, now, error: reported(from) }, from);
    }
  }
}

const reported = (offset: number) => `the function reported that offset ${offset} failed`;

function notRun(progress: Progress, now: number, error: string): Verdict {
  return { progress: withResult(unmarked(progress), now, error), outcome: 'not run', error };
}

interface Failure {
  readonly trigger: Trigger;
  readonly progress: Progress;
  readonly records: readonly SourceRecord[];
  readonly now: number;
  readonly error: string;
}

/** All of the range failed: it is halved, or tried again as it is. */
function failure({ trigger, progress, records, now, error }: Failure): Verdict {
  const middle = trigger.bisectsOnError ? records[Math.ceil(records.length / 2)] : undefined;
  const next = middle ? split(unmarked(progress), middle.offset) : failed(progress);
  return { progress: withResult(next, now, error), outcome: 'failed', error };
}

/** What comes before the first record that failed is done; where ranges are split, that record is tried alone. */
function partial({ trigger, progress, records, now, error }: Failure, from: number): Verdict {
  const done = advanced(progress, from);
  const after = records.find(({ offset }) => offset > from);
  const next = trigger.bisectsOnError && after ? split(done, after.offset) : done;
  return { progress: withResult(failed(next), now, error), outcome: 'failed', error };
}

/**
 * The first offset that the function reports to have failed; `undefined` where it reports none, and a text where it reports what it
 * was not given, which AWS takes for a failure of the whole batch. The shape is AWS Lambda's for Kafka:
 * `{"batchItemFailures":[{"itemIdentifier":{"partition":"click-0","offset":7}}]}`.
 */
export function firstFailure(response: string, invocation: Invocation): number | string | undefined {
  const answer = parsed(response);
  if (answer === undefined) return `the function's response is no JSON: ${response.slice(0, 80)}`;
  const failures = isRecord(answer) ? answer.batchItemFailures : undefined;
  if (failures === undefined || failures === null) return undefined;
  if (!Array.isArray(failures)) return 'batchItemFailures is no list';
  let first: number | undefined;
  for (const each of failures as readonly unknown[]) {
    const offset = offsetOf(each, invocation);
    if (offset === undefined) return `the function reported a failure of what it was not given: ${shown(each)}`;
    first = Math.min(first ?? offset, offset);
  }
  return first;
}

function offsetOf(failure: unknown, { topic, partition, records }: Invocation): number | undefined {
  const identifier = isRecord(failure) ? failure.itemIdentifier : undefined;
  if (!isRecord(identifier) || identifier.partition !== `${topic}-${partition}`) return undefined;
  const { offset } = identifier;
  return typeof offset === 'number' && records.some(record => record.offset === offset) ? offset : undefined;
}

/** A function that returns nothing answers `null`, or an empty body. */
function parsed(response: string): unknown {
  if (response === '') return null;
  try {
    return JSON.parse(response);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);
