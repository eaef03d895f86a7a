/** Segments: fetches as the log grows, and maintenance beside the object store. */
import type { CompactionRow } from '../compaction.bench.ts';
import type { GrowthRow } from '../fetch-growth.ts';
import type { MemoryRow } from '../memory.bench.ts';
import { requestsOf } from '../meter.ts';
import type { SegmentRate } from '../segment-rates.ts';
import type { SegmentResults } from '../segments.bench.ts';
import { describeShape } from '../workload.ts';
import { dot, lineChart, type Series } from './chart.ts';
import { describeKeyed } from './compaction-lines.ts';
import { few, millis, percent, whole } from './figures.ts';
import { card, details, escapeHtml, legend, table } from './html.ts';
import { pageText } from './segment-lines.ts';

const colors = ['var(--c1)', 'var(--c2)', 'var(--c3)', 'var(--json)'];

const aboutGrowth = `A fetch at a random offset of a log that was rolled and merged, for the one batch that it always gets and for a \
MiB, by a worker that knows the manifest (warm) and by one that knows nothing (cold).`;

const aboutRates = `64 MiB of batches; beside them as many bytes in objects of the same sizes, straight into the same object store and \
out of it.`;

export function segmentSection({ growth, rates }: SegmentResults): string {
  const kinds = [
    ...Map.groupBy(growth.filter(isTimed), ({ worker, pageBytes }) => `${worker}, ${pageText(pageBytes)}`),
  ];
  const entries = kinds.map(([name], index) => ({ name, shape: dot(colorAt(index)) }));
  const chart = (figureOf: (row: GrowthRow) => number): string => {
    const series = kinds.map(([name, rows], index): Series => {
      return { name, color: colorAt(index), points: rows.map(row => [row.records, figureOf(row)] as const) };
    });
    return lineChart({ series, yAxis: 'log', xTitle: 'records' });
  };
  return `<section><h2>Segments</h2><p class="quiet">${escapeHtml(aboutGrowth)}</p>${legend(entries)}
<div class="grid three">
${card(
  'requests',
  chart(row => requestsOf(row.perFetch)),
)}
${card(
  'KiB read',
  chart(row => row.perFetch.objectGetBytes / 1024),
)}
${card(
  'p50 in ms',
  chart(row => row.times?.p50Ms ?? 0),
)}
</div>${details('every figure', growthTable(growth))}
<p class="quiet">${escapeHtml(aboutRates)}</p><div class="card">${rateTable(rates)}</div></section>`;
}

/** Those of the embedded store as it is. */
const isTimed = ({ stores }: GrowthRow): boolean => stores === 'embedded';

const colorAt = (index: number): string => colors[index % colors.length] ?? 'var(--ink)';

const growthTable = (rows: readonly GrowthRow[]): string =>
  table(
    [
      { name: 'store', text: true, cell: row => escapeHtml(row.stores) },
      { name: 'records', cell: row => whole(row.records) },
      { name: 'segments', cell: row => whole(row.segments) },
      { name: 'chapters', cell: row => whole(row.chapters) },
      { name: 'worker', text: true, cell: row => row.worker },
      { name: 'asks for', text: true, cell: row => pageText(row.pageBytes) },
      { name: 'requests', cell: row => requestsOf(row.perFetch).toFixed(2) },
      { name: 'queries', cell: row => row.perFetch.queries.toFixed(2) },
      { name: 'GETs', cell: row => row.perFetch.objectGets.toFixed(2) },
      { name: 'KiB', cell: row => few(row.perFetch.objectGetBytes / 1024) },
      { name: 'p50 ms', cell: ({ times }) => (times ? millis(times.p50Ms) : '') },
      { name: 'p99 ms', cell: ({ times }) => (times ? millis(times.p99Ms) : '') },
    ],
    rows,
  );

const rateTable = (rates: readonly SegmentRate[]): string =>
  table(
    [
      { name: 'records', text: true, cell: rate => describeShape(rate) },
      { name: 'task', text: true, cell: rate => rate.task },
      { name: 'MB/s', cell: rate => few(rate.megabytesPerSecond) },
      { name: 'raw MB/s', cell: ({ raw }) => few(raw.megabytesPerSecond) },
      { name: 'of raw', cell: ({ raw }) => percent(raw.ratio) },
      { name: 'which is', text: true, cell: ({ raw }) => raw.what },
    ],
    rates,
  );

export function memorySection(rows: readonly MemoryRow[]): string {
  const figures = table(
    [
      { name: 'records', text: true, cell: row => describeShape(row) },
      { name: 'MiB of log', cell: row => whole(row.logBytes / 2 ** 20) },
      { name: 'segments at the end', cell: row => whole(row.segments) },
      { name: 'heap limit, MiB', cell: row => whole(row.heapMiB) },
      { name: 'most of the process, MiB', cell: row => whole(row.maxRssBytes / 2 ** 20) },
      { name: 'roll s', cell: row => few(row.rollSeconds) },
      { name: 'merge s', cell: row => few(row.mergeSeconds) },
    ],
    rows,
  );
  return `<section><h2>Memory</h2><p class="quiet">A process that fills, rolls and merges a partition on the aws adapters.</p>
<div class="card">${figures}</div></section>`;
}

const aboutCompaction = `A process of the embedded store, beside one that reads the same segments and stores their bytes again; and the \
same killed half-way: what the next process still had to clean.`;

export function compactionSection(rows: readonly CompactionRow[]): string {
  const figures = table(
    [
      { name: 'records', text: true, cell: row => describeKeyed(row) },
      { name: 'MiB of log', cell: row => few(row.logBytes / 2 ** 20) },
      { name: 'MiB after', cell: row => few(row.logBytesAfter / 2 ** 20) },
      { name: 's', cell: row => few(row.seconds) },
      { name: 'MB/s', cell: row => few(row.megabytesPerSecond) },
      { name: 'raw MB/s', cell: row => few(row.rawMegabytesPerSecond) },
      { name: 'of raw', cell: row => percent(row.megabytesPerSecond / row.rawMegabytesPerSecond) },
      { name: 'most of the process, MiB', cell: row => whole(row.maxRssBytes / 2 ** 20) },
      { name: 'requests', cell: row => whole(row.requests) },
      { name: 'left after the kill', cell: row => percent(row.resumedBytes / row.logBytes) },
    ],
    rows,
  );
  return `<section><h2>Compaction</h2><p class="quiet">${escapeHtml(aboutCompaction)}</p>
<div class="card">${figures}</div></section>`;
}
