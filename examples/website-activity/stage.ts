/** What the scenes of the demo share: the file, the topics, and what is seen while it runs. */
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { type LoggedRequest, readAccessLog } from './access-log.ts';
import { type ActivityRecord, toRecord } from './activity-record.ts';
import { LastSeen, type SeenRecord } from './last-seen.ts';
import { Live } from './live.ts';
import type { Screen } from './screen.ts';
import { type ByKind, byKind, createSeenTopic, createTopics, kindOf } from './topics.ts';

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

export interface Stage {
  readonly client: MillraceClient;
  readonly requests: readonly LoggedRequest[];
  readonly expected: ByKind<readonly ActivityRecord[]>;
  readonly topics: ByKind<string>;
  readonly expectedSeen: readonly SeenRecord[];
  readonly seenTopic: string;
  readonly live: Live;
}

export async function setStage({ url, signal, fetch }: DemoOptions): Promise<Stage> {
  const client = new MillraceClient({ url, signal, ...(fetch && { fetch }) });
  const requests = await readAccessLog(LOG);
  const expected = byKind(kind => requests.filter(request => kindOf(request) === kind).map(toRecord));
  const lastSeen = new LastSeen();
  const expectedSeen = requests.filter(kindOf).flatMap(request => [...lastSeen.after(request)]);
  const live = new Live(url, expected.click.length + expected.upload.length);
  const [topics, seenTopic] = await Promise.all([createTopics(client), createSeenTopic(client)]);
  return { client, requests, expected, topics, expectedSeen, seenTopic, live };
}
