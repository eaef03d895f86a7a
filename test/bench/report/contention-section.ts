/** Appends to one partition against the number of its writers. */
import type { ContentionCurve, ContentionPoint } from '../contention.bench.ts';
import { requestsOf } from '../meter.ts';
import { assumed } from '../prices.ts';
import { dot, type LineChart, lineChart, type Series } from './chart.ts';
import { millis, percent, whole } from './figures.ts';
import { card, details, legend, table } from './html.ts';

const colors = ['var(--c1)', 'var(--c2)', 'var(--c3)'];

const bareName = 'dynalite, bare creates';

interface Panel {
  readonly figureOf: (point: ContentionPoint) => number;
  readonly yAxis: LineChart['yAxis'];
}

const panels: readonly (Panel & { readonly title: string })[] = [
  { title: 'requests per append', figureOf: point => requestsOf(point.perAppend), yAxis: 'linear' },
  { title: 'lost races per append', figureOf: point => point.perAppend.lostRaces, yAxis: 'linear' },
  { title: 'write units per append', figureOf: point => point.perAppend.writeUnits, yAxis: 'linear' },
  { title: 'read units per append', figureOf: point => point.perAppend.readUnits, yAxis: 'linear' },
  { title: 'p99 in ms', figureOf: point => point.p99Ms, yAxis: 'log' },
];

export function contentionSection(curves: readonly ContentionCurve[]): string {
  const entries = curves.map(({ name }, index) => ({ name, shape: dot(colorAt(index)) }));
  const limit = { name: bareName, shape: dot('var(--limit)') };
  return `<section><h2>One partition, many writers</h2>
<p class="quiet">An append is five records of 100 bytes, one DynamoDB write unit. A worker has beliefs of its own about where the
log ends, as a Lambda environment has; callers of one worker share its entries. Bare creates are the same items under keys that
nobody else wants: what dynalite bears. The model answers a call to a table in ${assumed.tableCallMs} ms.</p>
${legend([limit, ...entries])}
<div class="grid three">
${card('appends a second', lineChart({ series: rates(curves), yAxis: 'log', xTitle: 'writers' }))}
${panels.map(({ title, ...panel }) => card(title, chart(curves, panel))).join('\n')}
</div>${details('every figure', figures(curves))}</section>`;
}

function rates(curves: readonly ContentionCurve[]): readonly Series[] {
  const points = curves.flatMap(curve => curve.points);
  const bare = points.flatMap(({ writers, bare }) => (bare ? [[writers, bare.createsPerSecond] as const] : []));
  const limit = { name: bareName, color: 'var(--limit)', points: bare };
  return [limit, ...seriesOf(curves, point => point.appendsPerSecond)];
}

const chart = (curves: readonly ContentionCurve[], { figureOf, yAxis }: Panel): string =>
  lineChart({ series: seriesOf(curves, figureOf), yAxis, xTitle: 'writers' });

const seriesOf = (curves: readonly ContentionCurve[], figureOf: Panel['figureOf']): readonly Series[] =>
  curves.map(({ name, points }, index) => {
    return { name, color: colorAt(index), points: points.map(point => [point.writers, figureOf(point)] as const) };
  });

function figures(curves: readonly ContentionCurve[]): string {
  const rows = curves.flatMap(({ name, points }) => points.map(point => ({ name, ...point })));
  const perAppend = (name: keyof ContentionPoint['perAppend']) => (row: ContentionPoint) =>
    row.perAppend[name].toFixed(2);
  return table(
    [
      { name: '', text: true, cell: row => row.name },
      { name: 'writers', cell: row => whole(row.writers) },
      { name: 'appends/s', cell: row => whole(row.appendsPerSecond) },
      { name: 'bare creates/s', cell: ({ bare }) => (bare ? whole(bare.createsPerSecond) : '') },
      { name: 'ratio', cell: ({ bare }) => (bare ? percent(bare.ratio) : '') },
      { name: 'p50 ms', cell: row => millis(row.p50Ms) },
      { name: 'p99 ms', cell: row => millis(row.p99Ms) },
      { name: 'requests', cell: row => requestsOf(row.perAppend).toFixed(2) },
      { name: 'writes', cell: perAppend('writes') },
      { name: 'lost races', cell: perAppend('lostRaces') },
      { name: 'queries', cell: perAppend('queries') },
      { name: 'write units', cell: perAppend('writeUnits') },
      { name: 'read units', cell: perAppend('readUnits') },
    ],
    rows,
  );
}

const colorAt = (index: number): string => colors[index % colors.length] ?? 'var(--ink)';
