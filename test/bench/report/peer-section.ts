/** Millrace beside its peers: a panel for each setting, each figure on a line with the other's, and how many times as much it is. */
import type { PeerName } from '../peers/peer.ts';
import type { PeerFigure, PeerResults, PeerRow } from '../peers/peers.bench.ts';
import { bar, type DotRow, diamond, dot, dotChart, type Mark } from './chart.ts';
import { millis, whole } from './figures.ts';
import { card, details, escapeHtml, legend, table } from './html.ts';
import { rivals, times, timesOf } from './peer-lines.ts';

const shapes: Readonly<Record<PeerName, string>> = {
  'Millrace, JSON': dot('var(--json)'),
  'durable-streams, JSON': diamond,
  'Millrace, raw batches': dot('var(--raw)'),
  'durable-streams, bytes': diamond,
  'Apache Kafka': bar,
};

export function peerSection({ rows, durableStreams, kafkaMissing }: PeerResults): string {
  const panels = Map.groupBy(rows, panelOf);
  const decades = decadesOf(rows);
  const charts = [...panels].map(([name, of]) => {
    const chart = dotChart({
      rows: of.flatMap(rowsOf),
      noteTitles: ['records/s', 'of the peer'],
      decades,
      unit: 'records/s',
    });
    return card(name, chart);
  });
  const kafka = kafkaMissing === undefined ? 'with a sync for each append' : `not measured: ${kafkaMissing}`;
  const about = `The same records through Millrace, through the durable-streams server ${durableStreams} with a data folder, and \
through Apache Kafka (${kafka}), each answered once it is synced, on the same disk and in turns. Dots to the right of the peer's mark \
are ahead of it. Catching up reads a whole stream of about a MiB, none of it rolled into segments yet.`;
  const marks = [
    { name: 'Millrace, JSON', shape: dot('var(--json)') },
    { name: 'Millrace, raw batches', shape: dot('var(--raw)') },
    { name: 'durable-streams, JSON beside JSON and bytes beside raw', shape: diamond },
    { name: 'Apache Kafka, raw', shape: bar },
  ];
  return `<section><h2>Peers</h2><p class="quiet">${escapeHtml(about)}</p>${legend(marks)}
<div class="grid">${charts.join('\n')}</div>${details('every figure', figures(rows))}</section>`;
}

function panelOf({ task, recordBytes, clients, streams }: PeerRow): string {
  const size = recordBytes === 1024 ? '1 KiB' : `${recordBytes} B`;
  const who =
    clients === 1 ? '1 client' : `${clients} clients on ${streams === 1 ? 'one stream' : `${streams} streams`}`;
  return `${task}, ${size} records, ${who}`;
}

/** A row of JSON and one of raw batches. */
function rowsOf(row: PeerRow): readonly DotRow[] {
  const [json, raw] = rivals;
  return [json, raw].map(({ name, own, other }): DotRow => {
    const names: readonly PeerName[] = name === 'JSON' ? [own, other] : [own, other, 'Apache Kafka'];
    const marks = names.flatMap((peer): Mark[] => {
      const figure = row.figures[peer];
      return figure
        ? [{ value: figure.recordsPerSecond, shape: shapes[peer], title: `${peer}: ${whole(figure.recordsPerSecond)}` }]
        : [];
    });
    return {
      group: whole(row.batchRecords),
      label: name,
      marks,
      notes: [whole(row.figures[own]?.recordsPerSecond ?? 0), times(timesOf(row, own, other))],
    };
  });
}

/** Powers of ten around every figure of the section, so that its panels can be compared. */
function decadesOf(rows: readonly PeerRow[]): readonly [number, number] {
  const values = rows.flatMap(({ figures }) => Object.values(figures).map(({ recordsPerSecond }) => recordsPerSecond));
  return [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
}

interface FlatRow extends PeerFigure {
  readonly row: PeerRow;
  readonly name: PeerName;
}

function figures(rows: readonly PeerRow[]): string {
  const flat = rows.flatMap(row =>
    Object.entries(row.figures).map(([name, figure]): FlatRow => ({ row, name: name as PeerName, ...figure })),
  );
  const ratioOf = ({ row, name }: FlatRow) =>
    rivals
      .filter(({ other }) => other === name)
      .map(({ own, other }) => times(timesOf(row, own, other)))
      .join('');
  return table<FlatRow>(
    [
      { name: '', text: true, cell: ({ row }) => escapeHtml(panelOf(row)) },
      { name: 'batch', cell: ({ row }) => whole(row.batchRecords) },
      { name: 'server', text: true, cell: ({ name }) => escapeHtml(name) },
      { name: 'records/s', cell: ({ recordsPerSecond }) => whole(recordsPerSecond) },
      { name: 'p50 ms', cell: ({ p50Ms }) => millis(p50Ms) },
      { name: 'p99 ms', cell: ({ p99Ms }) => millis(p99Ms) },
      { name: 'Millrace beside it', cell: ratioOf },
    ],
    flat,
  );
}
