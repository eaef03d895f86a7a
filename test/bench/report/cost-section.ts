/** What a GiB costs on AWS, and for what. */
import type { CostRow } from '../cost.bench.ts';
import { withHttpApi, withRestApi } from '../dollars.ts';
import type { CostResults } from '../results.ts';
import { dot, shareBar } from './chart.ts';
import { dollars, few, whole } from './figures.ts';
import { escapeHtml, legend, table } from './html.ts';

const parts = [
  { name: 'REST API', key: 'restApi', color: 'var(--c1)' },
  { name: 'Lambda', key: 'lambda', color: 'var(--c2)' },
  { name: 'DynamoDB', key: 'dynamoDb', color: 'var(--c3)' },
  { name: 'S3', key: 's3', color: 'var(--c4)' },
] as const;

export function costSection({ prices, assumed, rows }: CostResults): string {
  const { memoryInGiB, tableCallMs, objectPutMs, objectGetMs } = assumed;
  const about = `Requests and units are counted while a warm worker answers; prices are those of ${prices.region}, looked \
up on ${prices.lookedUpOn}, first tier, without free tier, storage and data transfer. A GiB is one of record values, before compression. A \
function of ${memoryInGiB} GiB is taken to wait ${tableCallMs} ms for a table, ${objectPutMs} ms for a PUT and ${objectGetMs} ms \
for a GET, beside its own CPU. A fetch reads back a page of up to 1 MiB, as raw batches.`;
  return `<section><h2>What a GiB costs on AWS</h2><p class="quiet">${escapeHtml(about)}</p>
${legend(parts.map(({ name, color }) => ({ name, shape: dot(color) })))}
<div class="card">${costTable(rows)}</div></section>`;
}

function costTable(rows: readonly CostRow[]): string {
  const perGiB = (name: keyof CostRow['perGiB']) => (row: CostRow) => count(row.perGiB[name]);
  return table(
    [
      { name: '', text: true, cell: row => row.direction },
      { name: 'records', text: true, cell: row => escapeHtml(row.records) },
      { name: 'compression', text: true, cell: row => (row.compression === 'zstd' ? 'zstd' : 'none') },
      { name: 'a batch', cell: row => whole(row.batchRecords) },
      { name: 'requests', cell: row => count(row.requestsPerGiB) },
      { name: 'write units', cell: perGiB('writeUnits') },
      { name: 'read units', cell: perGiB('readUnits') },
      { name: 'PUTs', cell: perGiB('objectPuts') },
      { name: 'GETs', cell: perGiB('objectGets') },
      { name: 'shares, by REST API', text: true, cell: sharesOf },
      { name: '$ REST API', cell: row => `<b>${dollars(withRestApi(row.dollarsPerGiB))}</b>` },
      { name: '$ HTTP API', cell: row => dollars(withHttpApi(row.dollarsPerGiB)) },
    ],
    rows.toSorted((a, b) => Number(a.direction === 'fetch') - Number(b.direction === 'fetch')),
  );
}

function sharesOf({ dollarsPerGiB }: CostRow): string {
  const shares = parts.map(({ name, key, color }) => ({ name, color, value: dollarsPerGiB[key] }));
  return shareBar(shares, ({ name, value }) => `${name}: $${few(value)}`);
}

const count = (value: number): string => (value === 0 ? '' : whole(value));
