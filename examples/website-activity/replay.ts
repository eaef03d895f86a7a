/** Reading a topic again: from its first offset, and from a moment. */
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { type ActivityRecord, checkActivity } from './activity-record.ts';
import { type Audit, audit, type PartitionReading, partitionByVisitor } from './audit.ts';
import { Follower } from './follower.ts';
import { partitions } from './topics.ts';

/** Reads every partition from its offset in `from` to its end, side by side. */
export function replay(client: MillraceClient, topic: string, from: readonly number[]): Promise<PartitionReading[]> {
  return Promise.all(
    from.map(async (offset, partition) => {
      const follower = new Follower(client, { topic, partition, from: offset, check: checkActivity });
      await follower.endAtLatest();
      await follower.run();
      return follower;
    }),
  );
}

export interface SinceOptions {
  readonly topic: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** All that the topic holds, in the file's order. */
  readonly expected: readonly ActivityRecord[];
  /** What the topic gave from its first offset: it tells who lives in which partition. */
  readonly whole: readonly PartitionReading[];
}

/**
 * Reads every partition from the first record at `timestamp` or later, and compares both with the file: where that record
 * is, and all that follows. The log is not quite in the order of time, so some that follow are earlier.
 */
export async function auditSince(client: MillraceClient, options: SinceOptions): Promise<Audit> {
  const { topic, timestamp, expected, whole } = options;
  const homes = partitionByVisitor(whole);
  const logs = partitions().map(partition => expected.filter(({ key }) => homes.get(key) === partition));
  const found = await Promise.all(
    partitions().map(partition => client.listOffset({ topic, partition }, { kind: 'timestamp', timestamp })),
  );
  const meant = logs.map(log => log.findIndex(record => record.timestamp >= timestamp));
  const readings = await replay(
    client,
    topic,
    found.map((offset, partition) => startAt(offset, logs[partition])),
  );
  const since = logs.flatMap((log, partition) => log.slice(startAt(meant[partition], log)));
  const audited = audit(since, readings);
  return { ...audited, findings: [...wrongOffsets(meant, found), ...audited.findings] };
}

/** The end of the log where no record is so late. */
const startAt = (offset = -1, log: readonly ActivityRecord[] = []): number => (offset < 0 ? log.length : offset);

const wrongOffsets = (meant: readonly number[], found: readonly number[]): string[] =>
  meant.flatMap((offset, partition) =>
    offset === found[partition]
      ? []
      : [`partition ${partition}: by time, offset ${found[partition]} instead of ${offset}`],
  );
