/** Produces the log's requests to their topics, in the log's order, and who was seen last to a topic of its own. */
import { setTimeout } from 'node:timers/promises';
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import type { AppendedBatch } from '../../lib/client/partition-producer.ts';
import { TopicProducer } from '../../lib/client/topic-producer.ts';
import type { LoggedRequest } from './access-log.ts';
import { toRecord } from './activity-record.ts';
import { LastSeen } from './last-seen.ts';
import { type ByKind, kindOf } from './topics.ts';

export interface ProduceOptions {
  readonly topics: ByKind<string>;
  readonly seenTopic: string;
  /** Infinity for as fast as the server takes them. */
  readonly recordsPerSecond: number;
  readonly signal: AbortSignal;
  readonly onAppended: (batch: AppendedBatch) => void;
}

/** Resolves when every record is stored, once. */
export async function produceActivity(
  client: MillraceClient,
  requests: readonly LoggedRequest[],
  { topics, seenTopic, recordsPerSecond, signal, onAppended }: ProduceOptions,
): Promise<void> {
  const [click, upload, seen] = await Promise.all([
    TopicProducer.open(client, { topic: topics.click, onAppended }),
    // so rare that none should wait for another
    TopicProducer.open(client, { topic: topics.upload, recordsPerBatch: 1, onAppended }),
    TopicProducer.open(client, { topic: seenTopic }),
  ]);
  const producers = { click, upload };
  const lastSeen = new LastSeen();
  const startedAt = performance.now();
  for (const [index, request] of requests.entries()) {
    const earlyByMs = startedAt + (index * 1_000) / recordsPerSecond - performance.now();
    if (earlyByMs > 1) await setTimeout(earlyByMs, undefined, { signal });
    const kind = kindOf(request);
    if (!kind) continue;
    await producers[kind].send(toRecord(request));
    for (const record of lastSeen.after(request)) await seen.send(record);
  }
  await Promise.all([click.flush(), upload.flush(), seen.flush()]);
}
