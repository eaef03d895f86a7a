/** Figures of Millrace and its peers as lines of text, printed as they are measured. */
import type { PeerName } from '../peers/peer.ts';
import type { PeerRow } from '../peers/peers.bench.ts';
import { describeShape } from '../workload.ts';
import { whole } from './figures.ts';
import { columns, title } from './terminal.ts';

/** Who is measured against whom. */
export const rivals = [
  { name: 'JSON', own: 'Millrace, JSON', other: 'durable-streams, JSON' },
  { name: 'raw', own: 'Millrace, raw batches', other: 'durable-streams, bytes' },
  { name: 'raw, Kafka', own: 'Millrace, raw batches', other: 'Apache Kafka' },
] as const satisfies readonly { readonly name: string; readonly own: PeerName; readonly other: PeerName }[];

const shortNames: Readonly<Record<PeerName, string>> = {
  'Millrace, JSON': 'JSON',
  'durable-streams, JSON': 'd-s JSON',
  'Millrace, raw batches': 'raw',
  'durable-streams, bytes': 'd-s bytes',
  'Apache Kafka': 'Kafka',
};

/** Millrace's figure as a multiple of the other's; `undefined` where that was not measured. */
export function timesOf({ figures }: PeerRow, own: PeerName, other: PeerName): number | undefined {
  const [one, two] = [figures[own], figures[other]];
  return one && two && one.recordsPerSecond / two.recordsPerSecond;
}

export const times = (value: number | undefined): string =>
  value === undefined ? '' : `${value.toFixed(value < 10 ? 2 : 1)} x`;

export function peerHeader(task: PeerRow['task'], names: readonly PeerName[]): string {
  const ratios = rivals.filter(({ other }) => names.includes(other)).map(({ name }) => name);
  const figures = columns('clients', 'streams', ...names.map(name => shortNames[name]), ...ratios);
  return `\n${task}: records/s of Millrace (JSON, raw) and of durable-streams (d-s), and Millrace's as a multiple\n${title('records')}${figures}`;
}

export function peerLine(row: PeerRow): string {
  const { clients, streams, figures } = row;
  const rates = Object.values(figures).map(({ recordsPerSecond }) => whole(recordsPerSecond));
  const ratios = rivals.map(({ own, other }) => timesOf(row, own, other)).filter(ratio => ratio !== undefined);
  return title(describeShape(row)) + columns(String(clients), String(streams), ...rates, ...ratios.map(times));
}
