/**
 * Which requests go to which topic, and the topics themselves.
 *
 * A page view is a GET, whatever the server made of it; an upload is a POST. A HEAD asks about a page without viewing it,
 * and an OPTIONS about the server: they are neither.
 */
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { RequestError } from '../../lib/client/request-error.ts';
import type { Visit } from './access-log.ts';

export const PARTITIONS = 3;

/** Names tried for one topic before giving up. */
const MAX_NAMES = 100;

export const kinds = ['click', 'upload'] as const;
export type Kind = (typeof kinds)[number];
export type ByKind<T> = Readonly<Record<Kind, T>>;

const kindOfMethod: Readonly<Record<string, Kind>> = { GET: 'click', POST: 'upload' };

export const kindOf = ({ method }: Visit): Kind | undefined => kindOfMethod[method];

export const byKind = <T>(make: (kind: Kind) => T): ByKind<T> => ({ click: make('click'), upload: make('upload') });

/**
 * New topics, so that this run's records are all that is in them: `click`, or `click-2` where that is taken, and so on.
 */
export async function createTopics(client: MillraceClient): Promise<ByKind<string>> {
  // the requests are from 2015: by Kafka's default they would be too old to keep
  const config = { 'retention.ms': '-1' };
  const [click, upload] = await Promise.all(kinds.map(kind => createTopic(client, kind, config)));
  if (click === undefined || upload === undefined) throw new Error('unreachable: there are two kinds');
  return { click, upload };
}

/** The same for `last-seen`: a table, which is rolled soon, and compacted only once it is told to be. */
export const createSeenTopic = (client: MillraceClient): Promise<string> =>
  createTopic(client, 'last-seen', {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '1',
    'segment.ms': '1000',
  });

async function createTopic(
  client: MillraceClient,
  kind: string,
  config: Readonly<Record<string, string>>,
): Promise<string> {
  for (let number = 1; number <= MAX_NAMES; number++) {
    const topic = number === 1 ? kind : `${kind}-${number}`;
    try {
      await client.createTopic({ topic, partitions: PARTITIONS, config });
      return topic;
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== 'TOPIC_ALREADY_EXISTS') throw error;
    }
  }
  throw new Error(`${kind} to ${kind}-${MAX_NAMES} all exist; delete some`);
}
