/**
 * The log is produced, and everything that reads it meanwhile: `click` by a group of readers and by the function that it invokes, and
 * every partition of the other topics by a reader of its own, to the end that it has when all is written.
 */
import { checkActivity, type StoredActivity } from './activity-record.ts';
import type { PartitionReading } from './audit.ts';
import { Counting } from './counting.ts';
import { Follower } from './follower.ts';
import { Group, type GroupFacts } from './group.ts';
import { checkSeen, type StoredSeen } from './last-seen.ts';
import { checkCount, countsTopicOf, type StoredCount } from './page-counts.ts';
import { produceActivity } from './produce-activity.ts';
import type { DemoOptions, Stage } from './stage.ts';
import { partitions } from './topics.ts';

/** What was read of the topics while they were produced. */
export interface FirstReading {
  readonly clicks: readonly PartitionReading[];
  readonly uploads: readonly PartitionReading[];
  readonly group: GroupFacts;
  readonly seen: readonly (readonly StoredSeen[])[];
  /** Why there is no trigger, where there is none. */
  readonly countingRefusal: string | undefined;
  readonly counts: readonly (readonly StoredCount[])[];
}

export async function produceAndFollow(stage: Stage, options: DemoOptions): Promise<FirstReading> {
  const { client, topics, live } = stage;
  const { url, signal } = options;
  const uploads = partitions().map(partition => followUploads(stage, partition));
  const seen = partitions().map(partition => followSeen(stage, partition));
  const counts = partitions().map(partition => followCounts(stage, partition));
  const group = new Group({ url, topic: topics.click, live, signal });
  const counting = new Counting({ client, url, topic: topics.click, live, signal });
  const produce = async () => {
    await Promise.all([group.gather(), counting.begin()]);
    await produceLog(stage, options, share => {
      group.afterProduced(share);
      counting.afterProduced(share);
    });
    await endAtLatest([...uploads, ...seen]);
    live.phase = 'waiting for what the killed reader had';
    await Promise.all([endsOf(stage).then(ends => group.endAt(ends)), counting.end().then(() => endAtLatest(counts))]);
    await group.close();
  };
  try {
    await Promise.all([produce(), ...[...uploads, ...seen, ...counts].map(follower => follower.run())]);
    return {
      clicks: group.readings,
      uploads,
      group: group.facts,
      seen: seen.map(({ records }) => records),
      countingRefusal: counting.refusal,
      counts: counts.map(({ records }) => records),
    };
  } finally {
    group.kill();
    await counting.close();
  }
}

/** @param afterProduced is told of the share of the log that is stored */
async function produceLog(stage: Stage, options: DemoOptions, afterProduced: (share: number) => void): Promise<void> {
  const { client, requests, topics, seenTopic, live } = stage;
  const { recordsPerSecond, signal } = options;
  live.startProducing();
  const onAppended = ({ count }: { readonly count: number }) => {
    live.addProduced(count);
    afterProduced(live.produced / live.total);
  };
  await produceActivity(client, requests, { topics, seenTopic, recordsPerSecond, signal, onAppended });
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

function followSeen({ client, seenTopic, live }: Stage, partition: number): Follower<StoredSeen> {
  const onRecords = (records: readonly StoredSeen[]) => live.addSeen(records);
  return new Follower(client, { topic: seenTopic, partition, from: 0, check: checkSeen, onRecords });
}

function followCounts({ client, topics, live }: Stage, partition: number): Follower<StoredCount> {
  const onRecords = (records: readonly StoredCount[]) => live.counts.add(partition, records);
  const topic = countsTopicOf(topics.click);
  return new Follower(client, { topic, partition, from: 0, check: checkCount, onRecords });
}

const endAtLatest = (followers: readonly { endAtLatest(): Promise<void> }[]) =>
  Promise.all(followers.map(follower => follower.endAtLatest()));

const endsOf = ({ client, topics: { click: topic } }: Stage): Promise<number[]> =>
  Promise.all(partitions().map(partition => client.listOffset({ topic, partition }, { kind: 'latest' })));
