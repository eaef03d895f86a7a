/**
 * The runner of one partition of a trigger: delivers its records in order, one event at a time, until there are no more.
 *
 *     note the run as due ── take the lease ─┬─ gather ── mark the event, and commit what is done ── invoke ── judge ─┐
 *                                            └───────────────────────────────────────────────────────────────────────┘
 *                            ── commit and give the lease back ── a last look at the end of the log ── remove the note
 *
 * Invariants: an event is marked before it is sent, and sent only while the lease outlasts it; what is committed has been delivered,
 * passed over by the filters, or given up; a runner that finds the cell changed stops. So events of a partition follow each other in
 * the order of offsets, and every record is delivered at least once.
 *
 * Bounds: after a crash the partition is taken up again when the lease has ended and the list of what is due is looked through;
 * after a lost wake-up, when all partitions are looked through. Two invocations overlap only where a runner stood still between its
 * look at the lease and its send for longer than the lease's slack.
 *
 * Cost: for an event two writes of the cell at most, one for each where several follow each other; a get of the trigger, and the
 * reads of the log. For a run besides: a get of the cell, a query at the end of the log, a write and a delete of the note.
 */
import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { RunRequest } from '../ports/runner-starter.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger } from './cells.ts';
import { noteDue, removeDue } from './due.ts';
import { FencedError, leaseMs, mayTake, type PartitionOfTrigger, readProgress } from './hold.ts';
import { PartitionRun } from './partition-run.ts';
import { persist } from './persist.ts';
import { newRunReport, type RunEnd, type RunReport } from './run-report.ts';
import type { RunnerServices } from './services.ts';
import { findTrigger, isRunning } from './trigger-store.ts';

/** Looks that find nothing to deliver do not follow each other sooner. */
const LOOK_APART_MS = 200;

export interface RunResult {
  readonly end: RunEnd;
  readonly report: RunReport;
}

/**
 * Runs a partition of a trigger. It may be run late, twice, or by several workers at once.
 *
 * @example const { end } = await runPartition(services, request, deadlineIn(clock, 14 * 60_000));
 */
export async function runPartition(
  services: RunnerServices,
  request: RunRequest,
  deadline: Deadline,
): Promise<RunResult> {
  const report = newRunReport(request);
  const part = await persist(services, () => findPartition(services, request));
  // whoever looks for what is due removes the notes of what is not to be run
  if (!part) return { end: 'stopped', report };
  const at = Math.floor(services.logs.time.now()) + leaseMs(part.trigger);
  const due = await persist(services, () => noteDue(services, request, at));
  await endNotes(services, request, request.notes);
  const end = await runHeld(services, { part, request, deadline, report });
  // what has not come to its end stays noted: one that was held up may stand in for the very runner that holds it
  if (end === 'idle' || end === 'stopped') await endNotes(services, request, [due.note]);
  if (end === 'handed on') await persist(services, () => services.starter.start({ ...request, notes: [due.note] }));
  return { end, report };
}

async function endNotes(services: RunnerServices, request: RunRequest, notes: readonly string[] = []): Promise<void> {
  for (const note of notes) await persist(services, () => removeDue(services, { ...request, note }));
}

interface HeldRun {
  readonly part: PartitionOfTrigger;
  readonly request: RunRequest;
  readonly deadline: Deadline;
  readonly report: RunReport;
}

async function runHeld(services: RunnerServices, { part, request, deadline, report }: HeldRun): Promise<RunEnd> {
  try {
    for (let current = part; ; ) {
      const read = await persist(services, () => readProgress(services, current));
      if (!mayTake(read, current.trigger, services.logs.time.now())) return 'held';
      const from = read.offset ?? (await persist(services, () => logStartOf(services, current)));
      const run = new PartitionRun(services, { part: current, read, from, deadline, report });
      const doneBefore = report.delivered + report.givenUp;
      const end = await run.run();
      report.lag = await persist(services, () => lagOf(services, current, run.offset));
      if (end !== 'idle' || report.lag === 0) return end;
      if (timeLeftMs(services.clock, deadline) <= 0) return 'handed on';
      // a log of which the filters let nothing through grows on: it is not followed record by record
      if (report.delivered + report.givenUp === doneBefore) await services.clock.sleep(LOOK_APART_MS);
      const again = await persist(services, () => findPartition(services, request));
      if (!again) return 'stopped';
      current = again;
    }
  } catch (error) {
    if (error instanceof FencedError) return 'fenced';
    if (isGone(error)) return 'stopped';
    throw error;
  }
}

/** The last look: whoever appended while the lease was held has started nobody. */
async function lagOf(services: RunnerServices, { at }: PartitionOfTrigger, offset: number): Promise<number> {
  const { highWatermark } = await services.logs.of(at).reader.bounds();
  return Math.max(0, highWatermark - offset);
}

async function logStartOf(services: RunnerServices, { at }: PartitionOfTrigger): Promise<number> {
  return (await services.logs.of(at).reader.bounds()).logStartOffset;
}

/** The partition and its trigger, if that is running and reads it. */
export async function findPartition(
  services: RunnerServices,
  { trigger: name, triggerId, topicId, partition }: RunRequest,
): Promise<PartitionOfTrigger | undefined> {
  const trigger = await findTrigger(services, name);
  if (!trigger || trigger.triggerId !== triggerId || !isRunning(trigger)) return undefined;
  const at: TopicPartition = { topicId, partition };
  const topic = await topicNameOf(services, trigger, at);
  return topic === undefined ? undefined : { trigger, topic, at };
}

/** By which of its topics' names the trigger means the partition. */
async function topicNameOf(
  { topics }: RunnerServices,
  trigger: Trigger,
  { topicId, partition }: TopicPartition,
): Promise<string | undefined> {
  for (const name of trigger.topics) {
    try {
      const topic = await topics.resolveWith(name, partition);
      if (topic.topicId === topicId) return name;
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return undefined;
}

const isGone = (error: unknown): boolean =>
  error instanceof MillraceError && (error.code === 'UNKNOWN_TOPIC' || error.code === 'UNKNOWN_PARTITION');
