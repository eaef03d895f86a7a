/**
 * Peers: the same records at the same durability through Millrace, through the durable-streams server of npm with a data folder,
 * and through Apache Kafka with a sync for each append, on the same disk and in turns.
 *
 * Produce in every form by one client, by sixteen on one stream and by sixteen on a stream each; and catching up, the reading
 * of a whole stream of about a MiB. Millrace keeps rolling what it was given before, while the others have nothing to do.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { inRounds, type Load, runLoad } from '../load.ts';
import { peerHeader, peerLine } from '../report/peer-lines.ts';
import { type ServerProcess, startDurableStreams, startMillrace } from '../server-process.ts';
import { type Shape, shapes } from '../workload.ts';
import { durableStreamsPeer, millracePeer } from './http-peers.ts';
import { type KafkaBroker, kafkaIsMissing, startKafka } from './kafka-broker.ts';
import { kafkaPeer } from './kafka-peer.ts';
import type { OpenClient, Peer, PeerName, Peers } from './peer.ts';

/** Who appends where. */
const settings = [
  { clients: 1, streams: 1 },
  { clients: 16, streams: 1 },
  { clients: 16, streams: 16 },
] as const;

/** A measurement takes so much longer than elsewhere, for there are fewer of them to learn from. */
const LONGER = 2;

/** The durable-streams server has been seen to answer 404 for a stream that it has: such a load begins anew, and says so. */
const TRIES = 3;

/** What one load may write, and what a stream that is read holds, whichever comes first. */
const MAX_BYTES = 192e6;
const READ_BYTES = 1024 * 1024;
const READ_APPENDS = 2_000;

export interface PeerFigure {
  readonly recordsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface PeerRow extends Shape {
  readonly task: 'produce' | 'catch up';
  readonly clients: number;
  readonly streams: number;
  readonly figures: Readonly<Partial<Record<PeerName, PeerFigure>>>;
}

export interface PeerResults {
  readonly durableStreams: string;
  /** Why Apache Kafka was not measured, if it was not. */
  readonly kafkaMissing?: string;
  readonly rows: readonly PeerRow[];
}

export async function benchPeers(bench: Bench): Promise<PeerResults> {
  const kafkaMissing = kafkaIsMissing();
  const folderOf = (name: string) => join(bench.folder, `peers-${name}`);
  const millrace = await startMillrace({ dataFolder: folderOf('millrace') });
  const durableStreams = await startDurableStreams({ dataFolder: folderOf('durable-streams') });
  const kafka = kafkaMissing === undefined ? await startKafka(folderOf('kafka')) : undefined;
  if (kafkaMissing !== undefined) bench.print(`\nApache Kafka: not measured: ${kafkaMissing}`);
  try {
    const peers = peersOf(millrace, durableStreams, kafka);
    const rows = [...(await measureProduce(bench, peers)), ...(await measureCatchUp(bench, peers))];
    return { durableStreams: versionOfDurableStreams(), rows, ...(kafkaMissing !== undefined && { kafkaMissing }) };
  } finally {
    await Promise.all([millrace.stop(), durableStreams.stop(), kafka?.stop()]);
  }
}

const peersOf = (millrace: ServerProcess, durableStreams: ServerProcess, kafka: KafkaBroker | undefined): Peers => ({
  'Millrace, JSON': millracePeer(millrace, 'json'),
  'durable-streams, JSON': durableStreamsPeer(durableStreams, 'json'),
  'Millrace, raw batches': millracePeer(millrace, 'raw batch'),
  'durable-streams, bytes': durableStreamsPeer(durableStreams, 'raw batch'),
  ...(kafka && { 'Apache Kafka': kafkaPeer(kafka) }),
});

async function measureProduce({ print, seconds }: Bench, peers: Peers): Promise<readonly PeerRow[]> {
  print(peerHeader('produce', Object.keys(peers) as PeerName[]));
  const rows: PeerRow[] = [];
  for (const { clients, streams } of settings) {
    for (const shape of shapes) {
      const prepare = async (peer: Peer): Promise<OpensClient> => {
        const made = await peer.createStreams(streams);
        return index => peer.openAppender(made[index % streams] as string, shape);
      };
      const figures = await measureAll({ peers, print, seconds: seconds * LONGER, shape, clients, prepare });
      const row: PeerRow = { ...shape, task: 'produce', clients, streams, figures };
      print(peerLine(row));
      rows.push(row);
    }
  }
  return rows;
}

async function measureCatchUp({ print, seconds }: Bench, all: Peers): Promise<readonly PeerRow[]> {
  const peers = Object.fromEntries(Object.entries(all).filter(([, peer]) => peer.openReader)) as Peers;
  print(peerHeader('catch up', Object.keys(peers) as PeerName[]));
  const rows: PeerRow[] = [];
  for (const shape of shapes) {
    const filled = new Map(
      await Promise.all(Object.values(peers).map(async peer => [peer, await fill(peer, shape)] as const)),
    );
    for (const clients of [1, 16]) {
      const prepare = async (peer: Peer): Promise<OpensClient> => {
        const { stream, records } = filled.get(peer) as FilledStream;
        return () => (peer.openReader as NonNullable<Peer['openReader']>)(stream, records);
      };
      const figures = await measureAll({ peers, print, seconds, shape, clients, prepare });
      const row: PeerRow = { ...shape, task: 'catch up', clients, streams: 1, figures };
      print(peerLine(row));
      rows.push(row);
    }
  }
  return rows;
}

interface FilledStream {
  readonly stream: string;
  readonly records: number;
}

/** A stream of as many batches as are about a MiB. */
async function fill(peer: Peer, shape: Shape): Promise<FilledStream> {
  const [stream = ''] = await peer.createStreams(1);
  const appends = Math.min(READ_APPENDS, Math.ceil(READ_BYTES / (shape.recordBytes * shape.batchRecords)));
  const appender = await peer.openAppender(stream, shape);
  for (let append = 0; append < appends; append++) await appender.next();
  appender.close();
  return { stream, records: appends * shape.batchRecords };
}

type OpensClient = (index: number) => Promise<OpenClient>;

interface Measuring extends Pick<Bench, 'print' | 'seconds'> {
  readonly peers: Peers;
  readonly shape: Shape;
  readonly clients: number;
  /** Makes what the clients of a peer need, and says how one of them begins. */
  readonly prepare: (peer: Peer) => Promise<OpensClient>;
}

/** Measures every peer in turn, round after round, each on what was prepared for it before. */
async function measureAll(measuring: Measuring): Promise<PeerRow['figures']> {
  const { peers, seconds } = measuring;
  const subjects: Record<string, (forSeconds: number) => Promise<Load>> = {};
  for (const [name, peer] of Object.entries(peers)) {
    let opens = await measuring.prepare(peer);
    subjects[name] = async forSeconds => {
      for (let left = TRIES - 1; ; left--) {
        try {
          return await loadOf(measuring, opens, forSeconds);
        } catch (error) {
          if (left === 0) throw error;
          measuring.print(`${name}: begun anew, for ${String(error).split('\n')[0]}`);
          opens = await measuring.prepare(peer);
        }
      }
    };
    await subjects[name](seconds / 8);
  }
  const loads = await inRounds(subjects, seconds);
  return Object.fromEntries(Object.entries(loads).map(([name, load]) => [name, figureOf(load)]));
}

async function loadOf({ clients, shape }: Measuring, opens: OpensClient, seconds: number): Promise<Load> {
  const opened = await Promise.all(Array.from({ length: clients }, (_, index) => opens(index)));
  const maxRequests = Math.ceil(MAX_BYTES / (shape.recordBytes * shape.batchRecords));
  try {
    return await runLoad({ clients: opened.map(({ next }) => next), seconds, maxRequests });
  } finally {
    for (const client of opened) client.close();
  }
}

const figureOf = ({ recordsPerSecond, p50Ms, p99Ms }: Load): PeerFigure => ({ recordsPerSecond, p50Ms, p99Ms });

function versionOfDurableStreams(): string {
  const manifest = join(import.meta.dirname, '../../../node_modules/@durable-streams/server/package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
