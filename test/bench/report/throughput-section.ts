/** Produce or fetch: a panel for each size of record and number of clients, each figure on a line with its limits. */
import type { LimitName, Throughput } from '../results.ts';
import { bar, type DotRow, diamond, dot, dotChart, type Mark, triangle } from './chart.ts';
import { few, millis, percent, whole } from './figures.ts';
import { card, details, escapeHtml, legend, table } from './html.ts';

const shapes: Readonly<Record<LimitName, string>> = { 'bare HTTP': bar, LMDB: diamond, disk: triangle };

const colorOf = ({ format }: Throughput): string => (format === 'json' ? 'var(--json)' : 'var(--raw)');

export interface ThroughputSection {
  readonly title: string;
  readonly about: string;
  readonly results: readonly Throughput[];
}

export function throughputSection({ title, about, results }: ThroughputSection): string {
  const panels = Map.groupBy(
    results,
    ({ recordBytes, clients }) => `${recordText(recordBytes)} records, ${clientText(clients)}`,
  );
  const decades = decadesOf(results);
  const charts = [...panels].map(([name, rows]) => {
    const chart = dotChart({
      rows: rows.map(rowOf),
      noteTitles: ['records/s', 'of bare HTTP'],
      decades,
      unit: 'records/s',
    });
    return card(name, chart);
  });
  const limits = results[0]?.limits.map(({ name }) => ({ name, shape: shapes[name] })) ?? [];
  const marks = [
    { name: 'Millrace, JSON', shape: dot('var(--json)') },
    { name: 'Millrace, raw batches', shape: dot('var(--raw)') },
    ...limits,
  ];
  return `<section><h2>${escapeHtml(title)}</h2><p class="quiet">${escapeHtml(about)}</p>${legend(marks)}
<div class="grid">${charts.join('\n')}</div>${details('every figure', figures(results))}</section>`;
}

function rowOf(result: Throughput): DotRow {
  const { batchRecords, format, recordsPerSecond, limits } = result;
  const own: Mark = {
    value: recordsPerSecond,
    shape: dot(colorOf(result)),
    title: `Millrace: ${whole(recordsPerSecond)}`,
  };
  const others = limits.map(({ name, recordsPerSecond: value }): Mark => {
    return { value, shape: shapes[name], title: `${name}: ${whole(value)}` };
  });
  const bareHttp = limits.find(({ name }) => name === 'bare HTTP');
  return {
    group: whole(batchRecords),
    label: format === 'json' ? 'JSON' : 'raw',
    marks: [own, ...others],
    notes: [whole(recordsPerSecond), bareHttp ? percent(bareHttp.ratio) : ''],
  };
}

/** Powers of ten around every figure of the section, so that its panels can be compared. */
function decadesOf(results: readonly Throughput[]): readonly [number, number] {
  const values = results.flatMap(({ recordsPerSecond, limits }) => [
    recordsPerSecond,
    ...limits.map(limit => limit.recordsPerSecond),
  ]);
  return [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
}

function figures(results: readonly Throughput[]): string {
  const limits = results[0]?.limits.map(({ name }) => name) ?? [];
  const limitOf = (result: Throughput, name: LimitName) => result.limits.find(limit => limit.name === name);
  return table<Throughput>(
    [
      { name: 'records', text: true, cell: ({ recordBytes }) => recordText(recordBytes) },
      { name: 'batch', cell: ({ batchRecords }) => whole(batchRecords) },
      { name: 'clients', cell: ({ clients }) => whole(clients) },
      { name: 'format', text: true, cell: ({ format }) => format },
      { name: 'records/s', cell: ({ recordsPerSecond }) => whole(recordsPerSecond) },
      { name: 'MB/s', cell: ({ megabytesPerSecond }) => few(megabytesPerSecond) },
      { name: 'requests/s', cell: ({ requestsPerSecond }) => whole(requestsPerSecond) },
      { name: 'p50 ms', cell: ({ p50Ms }) => millis(p50Ms) },
      { name: 'p99 ms', cell: ({ p99Ms }) => millis(p99Ms) },
      ...limits.flatMap(name => [
        { name: `${name} MB/s`, cell: (result: Throughput) => few(limitOf(result, name)?.megabytesPerSecond ?? 0) },
        { name: 'ratio', cell: (result: Throughput) => percent(limitOf(result, name)?.ratio ?? 0) },
      ]),
    ],
    results,
  );
}

const recordText = (bytes: number): string => (bytes === 1024 ? '1 KiB' : `${bytes} B`);

const clientText = (clients: number): string => (clients === 1 ? '1 client' : `${clients} clients`);
