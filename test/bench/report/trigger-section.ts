/** Triggers: how soon a function starts after an append, where that time goes, and what it costs to deliver to it. */
import type { TriggerBudget } from '../trigger-budget.ts';
import { dollarsBetween, type PartOfDelivery, type TriggerCostRow } from '../trigger-costs.ts';
import { type LatencyRow, type LoadOfServer, loads } from '../trigger-latency.ts';
import type { TriggerResults } from '../triggers.bench.ts';
import { dot, shareBar } from './chart.ts';
import { dollars, few, millis, whole } from './figures.ts';
import { card, escapeHtml, legend, table } from './html.ts';
import { budgetSteps, costNotes, invocationsOf, nameOf } from './trigger-lines.ts';

const aboutLatency = `From the answer to a produce request to the start of the function that its topic invokes, on the local server: a module \
in a thread of it, or a POST to another process. Batches come one by one; under load, four clients produce to another topic as fast as \
they are answered. The limit is what a runner writes before it sends, straight into LMDB.`;

const aboutCosts = `Counted, on the aws adapters: what wake and the dispatcher ask of the stores to deliver a batch of records of 1 KiB to a \
trigger's function. A batch comes alone, and has a runner started for it; or one after another, the next while the function has the one \
before it; or all are there when the runner begins.`;

const parts = [
  { name: 'DynamoDB', key: 'dynamoDb', color: 'var(--c3)' },
  { name: 'Lambda, in between', key: 'lambda', color: 'var(--c2)' },
  { name: 'S3', key: 's3', color: 'var(--c4)' },
] as const;

export function triggerSection({ latency, budget, costs }: TriggerResults): string {
  return `<section><h2>Triggers</h2><p class="quiet">${escapeHtml(aboutLatency)}</p>
<div class="stack">
${card('from the answer to the start', latencyTable(latency))}
${card('where the time goes, and how long that is taken to be in AWS', budgetTable(budget))}
</div>
<p class="quiet after">${escapeHtml(aboutCosts)}</p>
${legend(parts.map(({ name, color }) => ({ name, shape: dot(color) })))}
<div class="card">${costTable(costs.rows)}</div>
${costNotes()
  .map(note => `<p class="quiet after">${escapeHtml(note)}</p>`)
  .join('\n')}</section>`;
}

/** Idle and under load side by side. */
function latencyTable(rows: readonly LatencyRow[]): string {
  const pairs = Map.groupBy(rows, ({ target, batchRecords = '' }) => `${target} ${batchRecords}`);
  const millisOf = (load: LoadOfServer, name: 'p50Ms' | 'p99Ms') => (pair: readonly LatencyRow[]) => {
    const row = pair.find(each => each.load === load);
    return row ? millis(row[name]) : '';
  };
  return table(
    [
      { name: 'function', text: true, cell: ([row]) => (row ? nameOf(row.target) : '') },
      { name: 'records a batch', cell: ([row]) => (row?.batchRecords === undefined ? '' : whole(row.batchRecords)) },
      ...loads.flatMap(load => [
        { name: `${load}: p50 ms`, cell: millisOf(load, 'p50Ms') },
        { name: 'p99 ms', cell: millisOf(load, 'p99Ms') },
      ]),
    ],
    [...pairs.values()],
  );
}

const budgetTable = (budget: TriggerBudget): string =>
  table(
    [
      { name: '', text: true, cell: row => escapeHtml(row.step) },
      { name: 'local', text: true, cell: row => escapeHtml(row.local) },
      { name: 'AWS', text: true, cell: row => escapeHtml(row.aws) },
      { name: 'ms in AWS', cell: row => row.awsMs },
    ],
    budgetSteps(budget),
  );

function costTable(rows: readonly TriggerCostRow[]): string {
  const perBatch = (count: (row: TriggerCostRow) => number) => (row: TriggerCostRow) => perBatchText(count(row));
  const clusterOf = (name: keyof PartOfDelivery['cluster']) =>
    perBatch(({ wake, dispatcher }) => wake.cluster[name] + dispatcher.cluster[name]);
  return table(
    [
      { name: 'batches come', text: true, cell: row => row.arrival },
      { name: 'records', cell: row => whole(row.batchRecords) },
      { name: 'invocations', cell: perBatch(invocationsOf) },
      { name: 'cluster: gets', cell: clusterOf('gets') },
      { name: 'queries', cell: clusterOf('queries') },
      { name: 'puts', cell: perBatch(({ usage }) => usage.writes - usage.deletes) },
      { name: 'deletes', cell: clusterOf('deletes') },
      { name: 'log: queries', cell: perBatch(({ wake, dispatcher }) => wake.log.queries + dispatcher.log.queries) },
      { name: 'GETs', cell: perBatch(({ usage }) => usage.objectGets) },
      { name: 'shares', text: true, cell: sharesOf },
      { name: '$/million records', cell: row => `<b>${dollars(dollarsBetween(row.dollars))}</b>` },
      { name: '+ function', cell: row => dollars(row.dollars.function) },
    ],
    rows,
  );
}

const perBatchText = (count: number): string => (count === 0 ? '' : count.toFixed(2));

function sharesOf({ dollars: sums }: TriggerCostRow): string {
  const shares = parts.map(({ name, key, color }) => ({ name, color, value: sums[key] }));
  return shareBar(shares, ({ name, value }) => `${name}: $${few(value)}`);
}
