/**
 * The demo as a story: produce the log of a website while a group reads it back, of which one reader is killed and one comes late, and
 * while a function that it invokes counts its pages, and dies over it; then read it again from the first offset, and again from a moment
 * in its middle; have the tables of the counts and of who was seen last compacted; and compare each reading with the file.
 */
import type { LoggedRequest } from './access-log.ts';
import { type Audit, audit, countByPage, type PartitionReading } from './audit.ts';
import { compact } from './compaction.ts';
import { type FirstReading, produceAndFollow } from './first-reading.ts';
import type { GroupFacts } from './group.ts';
import { checkSeen } from './last-seen.ts';
import {
  type BatchCount,
  type CountsCheck,
  checkCount,
  checkCounts,
  countsTopicOf,
  tableOfCounts,
} from './page-counts.ts';
import { auditSince, replay } from './replay.ts';
import { checkReading, lastOf, type SeenCheck } from './seen-check.ts';
import { type DemoOptions, type Stage, setStage } from './stage.ts';
import { type ByKind, type Kind, kindOf, kinds, PARTITIONS } from './topics.ts';

/** One reading of one topic, against the file. */
export interface Check extends Audit {
  readonly reading: string;
  readonly topic: string;
}

/** What the function made that `click` invokes. */
export interface CountsReport extends BatchCount {
  readonly topic: string;
  readonly checks: readonly CountsCheck[];
  /** Why there was no trigger, where there was none. */
  readonly refusal: string | undefined;
}

export interface Report {
  readonly checks: readonly Check[];
  /** Of the readers that shared `click` while it was produced. */
  readonly group: GroupFacts;
  readonly counts: CountsReport;
  readonly seenTopic: string;
  readonly seenChecks: readonly SeenCheck[];
  /** Lines of the file. */
  readonly requests: number;
  /** How many requests are neither page views nor uploads, by method. */
  readonly leftOut: ReadonlyMap<string, number>;
}

export async function runDemo(options: DemoOptions): Promise<Report> {
  const { screen } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  try {
    const stage = await setStage({ ...options, signal });
    screen.start(stage.live);
    return await play(stage, { ...options, signal });
  } finally {
    screen.stop();
    // where one reader failed, the others still wait
    ended.abort();
  }
}

export const agrees = ({ checks, counts, seenChecks }: Report): boolean =>
  [...checks, ...counts.checks, ...seenChecks].every(({ findings }) => findings.length === 0);

async function play(stage: Stage, options: DemoOptions): Promise<Report> {
  const { client, requests, expected, topics, seenTopic, live } = stage;
  const checks: Check[] = [];
  const check = (reading: string, kind: Kind, audited: Audit) =>
    checks.push({ reading, topic: topics[kind], ...audited });

  const first = await produceAndFollow(stage, options);
  check('while produced, by a group', 'click', audit(expected.click, first.clicks));
  check('while produced', 'upload', audit(expected.upload, first.uploads));

  live.phase = 'replaying';
  const whole = await replayWhole(stage);
  for (const kind of kinds) check('from offset 0', kind, audit(expected[kind], whole[kind]));

  const timestamp = middleOf(requests);
  const reading = `from ${new Date(timestamp).toISOString().slice(0, 16)}Z`;
  for (const kind of kinds) {
    const since = { topic: topics[kind], timestamp, expected: expected[kind], whole: whole[kind] };
    check(reading, kind, await auditSince(client, since));
  }

  live.phase = 'waiting for compaction';
  const [counts, seenChecks] = await Promise.all([
    countsReport(stage, first, options.signal),
    seenReport(stage, first, options.signal),
  ]);
  live.phase = 'done';
  const { group } = first;
  return { checks, group, counts, seenTopic, seenChecks, requests: requests.length, leftOut: countLeftOut(requests) };
}

/** Reads the counts before their compaction and after. */
async function countsReport(stage: Stage, first: FirstReading, signal: AbortSignal): Promise<CountsReport> {
  const { client, topics, expected } = stage;
  const topic = countsTopicOf(topics.click);
  const table = tableOfCounts(first.counts);
  const facts = { topic, ...table.batches, refusal: first.countingRefusal };
  if (facts.refusal !== undefined) return { ...facts, checks: [] };
  const { keys } = table;
  const { before, after } = await compact({ client, topic, check: checkCount, keys, signal });
  const views = countByPage(expected.click);
  const produced = first.counts.flat().length;
  return {
    ...facts,
    checks: [
      checkCounts({ ...before, reading: 'before compaction', expectedRecords: produced }, views),
      checkCounts({ ...after, reading: 'after compaction', expectedRecords: keys }, views),
    ],
  };
}

/** The same of who was seen last. */
async function seenReport(stage: Stage, first: FirstReading, signal: AbortSignal): Promise<readonly SeenCheck[]> {
  const { client, seenTopic: topic, expectedSeen: expected } = stage;
  const last = lastOf(expected);
  const { before, after } = await compact({ client, topic, check: checkSeen, keys: last.length, signal });
  return [
    checkReading('while produced', first.seen, expected),
    { ...checkReading('before compaction', before.partitions, expected), sizeInBytes: before.sizeInBytes },
    { ...checkReading('after compaction', after.partitions, last), sizeInBytes: after.sizeInBytes },
  ];
}

async function replayWhole({ client, topics }: Stage): Promise<ByKind<readonly PartitionReading[]>> {
  const start = new Array<number>(PARTITIONS).fill(0);
  const [click, upload] = await Promise.all([
    replay(client, topics.click, start),
    replay(client, topics.upload, start),
  ]);
  return { click, upload };
}

/** The time of the request in the middle. */
const middleOf = (requests: readonly LoggedRequest[]): number =>
  Date.parse(requests[Math.floor(requests.length / 2)]?.time ?? '');

function countLeftOut(requests: readonly LoggedRequest[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { method } of requests.filter(request => kindOf(request) === undefined))
    counts.set(method, (counts.get(method) ?? 0) + 1);
  return counts;
}
