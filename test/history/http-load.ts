/**
 * A load of clients over HTTP whose history is recorded: against one server, or several of which some may fail meanwhile.
 *
 * What its producers send is the seed's, and how its readers choose; when a request comes, and what it meets, is not. It ends
 * with a calm part, in which every partition is appended to and read whole through every server.
 */
import type { Operation } from './history.ts';
import {
  type ProducerOptions,
  produceIdempotently,
  producePipelined,
  producePlainly,
  produceReplaced,
} from './http-producers.ts';
import { followPartition, followTopic, readWhole } from './http-readers.ts';
import { RecordingClient, type RecordingClientOptions } from './recording-client.ts';
import { saveHistory } from './report.ts';

const producers = {
  plain: producePlainly,
  idempotent: produceIdempotently,
  pipelined: producePipelined,
  replaced: produceReplaced,
} as const satisfies Record<string, (client: RecordingClient, options: ProducerOptions) => Promise<void>>;

export type ClientKind = keyof typeof producers | 'partition-reader' | 'topic-reader';

export interface LoadOptions extends Pick<RecordingClientOptions, 'servers' | 'clusterId' | 'timeoutMs' | 'seed'> {
  /** Of this load alone. */
  readonly topic: string;
  readonly partitions: number;
  /** The clients in turn have the partitions in turn. */
  readonly clients: readonly ClientKind[];
  /** Batches or reads of each client, without retries. */
  readonly requests: number;
  /** How long a reader waits at the end of a log. */
  readonly maxWaitMs: number;
  /** Aborted when the load is over, though there were more to do; the calm part still follows. */
  readonly over: AbortSignal;
  /** Of one request in the calm part. */
  readonly calmTimeoutMs: number;
}

export interface RecordedLoad {
  readonly history: readonly Operation[];
  /** When the calm part began. */
  readonly calmFrom: number;
}

export async function runLoad(options: LoadOptions): Promise<RecordedLoad> {
  const history: Operation[] = [];
  const clients = options.clients.map((kind, index) => runClient(kind, index, options, history));
  await heardOut(clients, history);
  const calmFrom = performance.now();
  await heardOut([runCalm(options, history)], history);
  return { history, calmFrom };
}

/** A client fails where an answer is none that the protocol knows; the history tells what led to it. */
async function heardOut(running: readonly Promise<void>[], history: readonly Operation[]): Promise<void> {
  const ended = await Promise.allSettled(running);
  for (const end of ended) {
    if (end.status === 'fulfilled') continue;
    throw new Error(`a client failed; what happened so far is in ${saveHistory(history)}`, { cause: end.reason });
  }
}

async function runClient(kind: ClientKind, index: number, options: LoadOptions, history: Operation[]): Promise<void> {
  const { clients, topic, partitions, requests } = options;
  const seed = options.seed * clients.length + index;
  const client = new RecordingClient({ ...options, name: `${kind}-${index}`, history, seed });
  const at = { topic, partition: index % partitions };
  if (kind === 'partition-reader') return followPartition(client, at, { ...options, reads: requests });
  if (kind === 'topic-reader') return followTopic(client, options, { ...options, reads: requests });
  return producers[kind](client, { ...options, at, batches: requests });
}

export type CalmOptions = Pick<
  LoadOptions,
  'servers' | 'clusterId' | 'seed' | 'topic' | 'partitions' | 'calmTimeoutMs'
>;

/** Appends through each server, then reads everything through each. */
export async function runCalm(options: CalmOptions, history: Operation[]): Promise<void> {
  const { topic, partitions, calmTimeoutMs: timeoutMs } = options;
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const clients = options.servers().map((url, index) => {
    return new RecordingClient({ ...options, timeoutMs, name: `calm-${index}`, history, servers: () => [url] });
  });
  for (const client of clients) {
    await Promise.all(all.map(at => client.produce({ at, values: [`${client.name}-${at.partition}`] })));
  }
  for (const client of clients) await Promise.all(all.map(at => readWhole(client, at)));
}
