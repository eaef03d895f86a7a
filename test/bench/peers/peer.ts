/** A server that keeps streams of records: what the peers experiment asks of Millrace and of every other alike. */
import type { Client } from '../load.ts';
import type { Shape } from '../workload.ts';

export const peerNames = [
  'Millrace, JSON',
  'durable-streams, JSON',
  'Millrace, raw batches',
  'durable-streams, bytes',
  'Apache Kafka',
] as const;

export type PeerName = (typeof peerNames)[number];

/** One client with a connection of its own. */
export interface OpenClient {
  readonly next: Client;
  close(): void;
}

export interface Peer {
  /** Makes new and empty streams: in Millrace and Kafka, partitions of one topic. */
  createStreams(count: number): Promise<readonly string[]>;
  /** A client that appends the same batch over and over; each is on disk when it is answered. */
  openAppender(stream: string, shape: Shape): Promise<OpenClient>;
  /** A client that reads a stream of so many records from its start to its end, over and over. */
  openReader?(stream: string, records: number): Promise<OpenClient>;
}

export type Peers = Readonly<Partial<Record<PeerName, Peer>>>;
