/**
 * Which requests go to which topic, and the topics themselves.
 *
 * A page view is a GET, whatever the server made of it; an upload is a POST. A HEAD asks about a page without viewing it,
 * and an OPTIONS about the server: they are neither.
 */
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { RequestError } from '../../lib/client/request-error.ts';
import type { Visit } from './access-log.ts';
import { countsTopicOf } from './page-counts.ts';

export const PARTITIONS = 3;

/** Of every topic. */
export const partitions = (): number[] => Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** Names tried for one topic before giving up. */
const MAX_NAMES = 100;

export const kinds = ['click', 'upload'] as const;
export type Kind = (typeof kinds)[number];
export type ByKind<T> = Readonly<Record<Kind, T>>;

const kindOfMethod: Readonly<Record<string, Kind>> = { GET: 'click', POST: 'upload' };

export const kindOf = ({ method }: Visit): Kind | undefined => kindOfMethod[method];

export const byKind = <T>(make: (kind: Kind) => T): ByKind<T> => ({ click: make('click'), upload: make('upload') });

type TopicConfig = Readonly<Record<string, string>>;

/** The requests are from 2015: by Kafka's default they would be too old to keep. */
const activity: TopicConfig = { 'retention.ms': '-1' };

/** A table, which is rolled soon, and compacted only once it is told to be. */
const table: TopicConfig = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '1', 'segment.ms': '1000' };

/**
 * New topics, so that this run's records are all that is in them: `click`, or `click-2` where that is taken, and so on. With each
 * `click` comes the `page-counts` of its number, by which the function that counts finds it.
 */
export async function createTopics(client: MillraceClient): Promise<ByKind<string>> {
  const isFit = (click: string) => createEmpty(client, countsTopicOf(click));
  const [click, upload] = await Promise.all([
    createTopic(client, { kind: 'click', config: activity, isFit }),
    createTopic(client, { kind: 'upload', config: activity }),
  ]);
  return { click, upload };
}

/** The same for `last-seen`. */
export const createSeenTopic = (client: MillraceClient): Promise<string> =>
  createTopic(client, { kind: 'last-seen', config: table });

interface NewTopic {
  readonly kind: string;
  readonly config: TopicConfig;
  /** Whether a topic that was created can be used. */
  readonly isFit?: (topic: string) => Promise<boolean>;
}

async function createTopic(client: MillraceClient, { kind, config, isFit }: NewTopic): Promise<string> {
  for (let number = 1; number <= MAX_NAMES; number++) {
    const topic = number === 1 ? kind : `${kind}-${number}`;
    if ((await isCreated(client, topic, config)) && (isFit === undefined || (await isFit(topic)))) return topic;
  }
  throw new Error(`${kind} to ${kind}-${MAX_NAMES} all exist; delete some`);
}

/** Whether there is a table of this name now in which nothing is. */
async function createEmpty(client: MillraceClient, topic: string): Promise<boolean> {
  if (await isCreated(client, topic, table)) return true;
  // it may be this very request that created it, and lost its answer
  const ends = await Promise.all(
    partitions().map(partition => client.listOffset({ topic, partition }, { kind: 'latest' })),
  );
  return ends.every(end => end === 0);
}

/** False where there is one of the name already. */
async function isCreated(client: MillraceClient, topic: string, config: TopicConfig): Promise<boolean> {
  try {
    await client.createTopic({ topic, partitions: PARTITIONS, config });
    return true;
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== 'TOPIC_ALREADY_EXISTS') throw error;
    return false;
  }
}
