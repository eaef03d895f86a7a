/**
 * `last-seen` before and after its compaction: fewer records and bytes, the same table.
 *
 * The topic is created so that it is never dirty enough, is rolled and measured, and is then told to be compacted, live.
 */
import { setTimeout } from 'node:timers/promises';
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { Follower } from './follower.ts';
import { checkSeen, type SeenRecord, type SeenTable, type StoredSeen, tableOf } from './last-seen.ts';
import { PARTITIONS } from './topics.ts';

/** A deployed stack rolls within a minute of an append, and compacts what it rolled. */
const WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 250;

/** One reading of the topic, against the file. */
export interface SeenCheck {
  readonly reading: string;
  readonly records: number;
  /** Of its segments; nothing where not all of it is rolled. */
  readonly sizeInBytes: number | undefined;
  readonly visitors: number;
  /** Tombstones that are the last record of their visitor. */
  readonly forgotten: number;
  /** What disagrees, in words; nothing where all agrees. */
  readonly findings: readonly string[];
}

export interface CompactionScene {
  readonly client: MillraceClient;
  readonly topic: string;
  /** All that was produced to it, in order. */
  readonly expected: readonly SeenRecord[];
  /** What was read of each partition while it was produced. */
  readonly asProduced: readonly (readonly StoredSeen[])[];
  readonly signal: AbortSignal;
}

export async function showCompaction(scene: CompactionScene): Promise<readonly SeenCheck[]> {
  const { client, topic, expected, asProduced } = scene;
  const visitors = new Set(expected.map(({ key }) => key)).size;
  await until(scene, 'in segments', () => isRolled(client, topic));
  const before = await readAll(client, topic);
  const bytesBefore = await bytesOf(client, topic);
  await client.alterTopic({ topic, config: { 'min.cleanable.dirty.ratio': '0' } });
  const after = await until(scene, 'compacted', async () => {
    const records = await readAll(client, topic);
    return records.flat().length <= visitors && records;
  });
  return [
    checkReading('while produced', asProduced, expected),
    { ...checkReading('before compaction', before, expected), sizeInBytes: bytesBefore },
    { ...checkReading('after compaction', after, lastOf(expected)), sizeInBytes: await bytesOf(client, topic) },
  ];
}

/** The last record of each visitor. */
const lastOf = (records: readonly SeenRecord[]): readonly SeenRecord[] => [
  ...new Map(records.map(record => [record.key, record])).values(),
];

/** @param expected the records that must be there, in the order in which each visitor's were produced */
export function checkReading(
  reading: string,
  partitions: readonly (readonly StoredSeen[])[],
  expected: readonly SeenRecord[],
): SeenCheck {
  const read = partitions.flat();
  const newest = lastOf(read);
  const table = tableOf(read);
  return {
    reading,
    records: read.length,
    sizeInBytes: undefined,
    visitors: table.size,
    forgotten: newest.filter(({ value }) => value === null).length,
    findings: [
      ...(read.length === expected.length ? [] : [`${read.length} records, ${expected.length} expected`]),
      ...wrongVisitors(table, tableOf(expected)),
      ...partitions.flatMap(outOfOrder),
    ],
  };
}

function wrongVisitors(read: SeenTable, expected: SeenTable): string[] {
  const textOf = (table: SeenTable, visitor: string) => JSON.stringify(table.get(visitor)) ?? 'forgotten';
  return [...new Set([...read.keys(), ...expected.keys()])]
    .filter(visitor => textOf(read, visitor) !== textOf(expected, visitor))
    .map(visitor => `visitor ${visitor}: ${textOf(read, visitor)}, in the file ${textOf(expected, visitor)}`);
}

/** The first offset of a partition that does not ascend. */
function outOfOrder(records: readonly StoredSeen[], partition: number): string[] {
  const index = records.findIndex(({ offset }, at) => offset <= (records[at - 1]?.offset ?? -1));
  return index < 0 ? [] : [`partition ${partition}: offset ${records[index]?.offset} does not ascend`];
}

/** Every partition from its start to its end. */
const readAll = (client: MillraceClient, topic: string): Promise<readonly (readonly StoredSeen[])[]> =>
  Promise.all(
    partitions().map(async partition => {
      const follower = new Follower(client, { topic, partition, from: 0, check: checkSeen });
      await follower.endAtLatest();
      await follower.run();
      return follower.records;
    }),
  );

async function isRolled(client: MillraceClient, topic: string): Promise<boolean> {
  const rolled = partitions().map(async partition => {
    const [segments, end] = await Promise.all([
      client.listSegments({ topic, partition }),
      client.listOffset({ topic, partition }, { kind: 'latest' }),
    ]);
    return (segments.at(-1)?.lastOffset ?? -1) + 1 === end;
  });
  return (await Promise.all(rolled)).every(Boolean);
}

async function bytesOf(client: MillraceClient, topic: string): Promise<number> {
  const listed = await Promise.all(partitions().map(partition => client.listSegments({ topic, partition })));
  return listed.flat().reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
}

/** Looks again and again until there is something. @throws Error where it takes too long */
async function until<T>({ topic, signal }: CompactionScene, what: string, look: () => Promise<T | false>): Promise<T> {
  for (const end = performance.now() + WITHIN_MS; performance.now() < end; ) {
    const found = await look();
    if (found !== false) return found;
    await setTimeout(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new Error(`${topic} is not ${what} within ${WITHIN_MS / 1_000} s: is its maintenance running?`);
}

const partitions = (): number[] => Array.from({ length: PARTITIONS }, (_, partition) => partition);
