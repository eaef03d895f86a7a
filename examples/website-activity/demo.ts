/**
 * The demo as a story: produce the log of a website while a group reads it back, of which one reader is killed and one comes late;
 * then read it again from the first offset, and again from a moment in its middle; have the table of who was seen last compacted; and
 * compare each reading with the file.
 */
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { type LoggedRequest, readAccessLog } from './access-log.ts';
import { type ActivityRecord, checkActivity, type StoredActivity, toRecord } from './activity-record.ts';
import { type Audit, audit, type PartitionReading } from './audit.ts';
import { type SeenCheck, showCompaction } from './compaction.ts';
import { Follower } from './follower.ts';
import { Group, type GroupFacts } from './group.ts';
import { checkSeen, LastSeen, type SeenRecord, type StoredSeen } from './last-seen.ts';
import { Live } from './live.ts';
import { produceActivity } from './produce-activity.ts';
import { auditSince, replay } from './replay.ts';
import type { Screen } from './screen.ts';
import { type ByKind, byKind, createSeenTopic, createTopics, type Kind, kindOf, kinds, PARTITIONS } from './topics.ts';

const LOG = new URL('access.log.gz', import.meta.url);

export interface DemoOptions {
  /** Of a running Millrace. */
  readonly url: string;
  /** Infinity for as fast as the server takes them. */
  readonly recordsPerSecond: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly fetch?: typeof globalThis.fetch;
}

/** One reading of one topic, against the file. */
export interface Check extends Audit {
  readonly reading: string;
  readonly topic: string;
}

export interface Report {
  readonly checks: readonly Check[];
  /** Of the readers that shared `click` while it was produced. */
  readonly group: GroupFacts;
  readonly seenTopic: string;
  readonly seenChecks: readonly SeenCheck[];
  /** Lines of the file. */
  readonly requests: number;
  /** How many requests are neither page views nor uploads, by method. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** What the scenes share. */
interface Stage {
  readonly client: MillraceClient;
  readonly requests: readonly LoggedRequest[];
  readonly expected: ByKind<readonly ActivityRecord[]>;
  readonly topics: ByKind<string>;
  readonly expectedSeen: readonly SeenRecord[];
  readonly seenTopic: string;
  readonly live: Live;
}

export async function runDemo(options: DemoOptions): Promise<Report> {
  const { url, screen, fetch } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  try {
    const client = new MillraceClient({ url, signal, ...(fetch && { fetch }) });
    const stage = await setStage(client, url);
    screen.start(stage.live);
    return await play(stage, { ...options, signal });
  } finally {
    screen.stop();
    // where one reader failed, the others still wait
    ended.abort();
  }
}

export const agrees = ({ checks, seenChecks }: Report): boolean =>
  [...checks, ...seenChecks].every(({ findings }) => findings.length === 0);

async function setStage(client: MillraceClient, url: string): Promise<Stage> {
  const requests = await readAccessLog(LOG);
  const expected = byKind(kind => requests.filter(request => kindOf(request) === kind).map(toRecord));
  const lastSeen = new LastSeen();
  const expectedSeen = requests.filter(kindOf).flatMap(request => [...lastSeen.after(request)]);
  const live = new Live(url, expected.click.length + expected.upload.length);
  const [topics, seenTopic] = await Promise.all([createTopics(client), createSeenTopic(client)]);
  return { client, requests, expected, topics, expectedSeen, seenTopic, live };
}

async function play(stage: Stage, options: DemoOptions): Promise<Report> {
  const { client, requests, expected, topics, expectedSeen, seenTopic, live } = stage;
  const checks: Check[] = [];
  const check = (reading: string, kind: Kind, audited: Audit) =>
    checks.push({ reading, topic: topics[kind], ...audited });

  const { clicks, uploads, group, seenFollowers } = await produceAndFollow(stage, options);
  check('while produced, by a group', 'click', audit(expected.click, clicks));
  check('while produced', 'upload', audit(expected.upload, uploads));

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
  const asProduced = seenFollowers.map(({ records }) => records);
  const { signal } = options;
  const seenChecks = await showCompaction({ client, topic: seenTopic, expected: expectedSeen, asProduced, signal });
  live.phase = 'done';
  return { checks, group, seenTopic, seenChecks, requests: requests.length, leftOut: countLeftOut(requests) };
}

/** What was read of the topics while they were produced. */
interface Followed {
  readonly clicks: readonly PartitionReading[];
  readonly uploads: readonly PartitionReading[];
  readonly group: GroupFacts;
  readonly seenFollowers: readonly Follower<StoredSeen>[];
}

/** `click` is read by a group, and every partition of the others by a reader of its own, to the end that it has when all is written. */
async function produceAndFollow(stage: Stage, options: DemoOptions): Promise<Followed> {
  const { client, requests, topics, seenTopic, live } = stage;
  const { url, recordsPerSecond, signal } = options;
  const uploads = partitions().map(partition => followUploads(stage, partition));
  const seenFollowers = partitions().map(partition => followSeen(stage, partition));
  const followers = [...uploads, ...seenFollowers];
  const group = new Group({ url, topic: topics.click, live, signal });
  const produce = async () => {
    await group.gather();
    live.startProducing();
    const onAppended = ({ count }: { readonly count: number }) => {
      live.addProduced(count);
      group.afterProduced(live.produced / live.total);
    };
    await produceActivity(client, requests, { topics, seenTopic, recordsPerSecond, signal, onAppended });
    await Promise.all(followers.map(follower => follower.endAtLatest()));
    live.phase = 'waiting for what the killed reader had';
    await group.endAt(await endsOf(client, topics.click));
    await group.close();
  };
  try {
    await Promise.all([produce(), ...followers.map(follower => follower.run())]);
    return { clicks: group.readings, uploads, group: group.facts, seenFollowers };
  } finally {
    group.kill();
  }
}

function followUploads({ client, topics, live }: Stage, partition: number): Follower<StoredActivity> {
  return new Follower(client, {
    topic: topics.upload,
    partition,
    from: 0,
    check: checkActivity,
    onRecords(records) {
      live.read.upload[partition] = (live.read.upload[partition] ?? 0) + records.length;
    },
  });
}

const endsOf = (client: MillraceClient, topic: string): Promise<number[]> =>
  Promise.all(partitions().map(partition => client.listOffset({ topic, partition }, { kind: 'latest' })));

const partitions = (): number[] => Array.from({ length: PARTITIONS }, (_, partition) => partition);

function followSeen({ client, seenTopic, live }: Stage, partition: number): Follower<StoredSeen> {
  const onRecords = (records: readonly StoredSeen[]) => live.addSeen(records);
  return new Follower(client, { topic: seenTopic, partition, from: 0, check: checkSeen, onRecords });
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
