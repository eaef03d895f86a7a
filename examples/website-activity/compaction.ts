/**
 * A table before and after its compaction: fewer records and bytes, the same table.
 *
 * The topic is created so that it is never dirty enough, is rolled and measured, and is then told to be compacted, live.
 */
import { setTimeout } from 'node:timers/promises';
import type { ReadRecord } from '../../lib/client/api-shapes.ts';
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { Follower } from './follower.ts';
import { partitions } from './topics.ts';

/** A deployed stack rolls within a minute of an append, and compacts what it rolled. */
const WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 250;

export interface CompactionScene<R> {
  readonly client: MillraceClient;
  readonly topic: string;
  /** @throws Error where a record is none of the topic's */
  readonly check: (record: ReadRecord) => R;
  /** As many records are left. */
  readonly keys: number;
  readonly signal: AbortSignal;
}

/** All that the topic held at one time. */
export interface TopicContent<R> {
  readonly partitions: readonly (readonly R[])[];
  /** Of its segments. */
  readonly sizeInBytes: number;
}

export interface Compacted<R> {
  readonly before: TopicContent<R>;
  readonly after: TopicContent<R>;
}

export async function compact<R>(scene: CompactionScene<R>): Promise<Compacted<R>> {
  const { client, topic, keys } = scene;
  await until(scene, 'in segments', () => isRolled(client, topic));
  const before = { partitions: await readAll(scene), sizeInBytes: await bytesOf(client, topic) };
  await client.alterTopic({ topic, config: { 'min.cleanable.dirty.ratio': '0' } });
  const after = await until(scene, 'compacted', async () => {
    const records = await readAll(scene);
    return records.flat().length <= keys && records;
  });
  return { before, after: { partitions: after, sizeInBytes: await bytesOf(client, topic) } };
}

/** Every partition from its start to its end. */
const readAll = <R>({ client, topic, check }: CompactionScene<R>): Promise<readonly (readonly R[])[]> =>
  Promise.all(
    partitions().map(async partition => {
      const follower = new Follower(client, { topic, partition, from: 0, check });
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

type Waiting = Pick<CompactionScene<unknown>, 'topic' | 'signal'>;

/** Looks again and again until there is something. @throws Error where it takes too long */
async function until<T>({ topic, signal }: Waiting, what: string, look: () => Promise<T | false>): Promise<T> {
  for (const end = performance.now() + WITHIN_MS; performance.now() < end; ) {
    const found = await look();
    if (found !== false) return found;
    await setTimeout(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new Error(`${topic} is not ${what} within ${WITHIN_MS / 1_000} s: is its maintenance running?`);
}
