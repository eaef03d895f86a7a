/** What functions are made of, and how long they take to begin. */
import type { ColdStart } from '../cold-start/cold-start.bench.ts';
import { shareBar } from './chart.ts';
import { kilobytes, madeOf } from './cold-start-lines.ts';
import { millis } from './figures.ts';
import { escapeHtml, legend, table } from './html.ts';

const about = `Each function as it is deployed, and how long a new process takes to import it: the middle of nine, in turns. Lambda's own \
time to make an environment comes on top, and is the same for a handler that does nothing.`;

/** What the modules of a bundle are, by their names. */
const kinds = [
  {
    name: 'the AWS SDK',
    color: 'var(--c1)',
    isOf: /^(@aws-sdk|@smithy|@aws-crypto|@aws\/|tslib|fast-xml|bowser|@nodable|strnum)/,
  },
  { name: 'zod', color: 'var(--c2)', isOf: /^zod/ },
  { name: 'Millrace', color: 'var(--c3)', isOf: /^(lib\/|functions)/ },
  { name: 'others', color: 'var(--c4)', isOf: /.*/ },
] as const;

export function coldStartSection(rows: readonly ColdStart[]): string {
  const marks = kinds.map(({ name, color }) => ({
    name,
    shape: `<rect x="-6" y="-6" width="12" height="12" fill="${color}"/>`,
  }));
  const figures = table<ColdStart>(
    [
      { name: 'function', text: true, cell: ({ entry }) => escapeHtml(entry) },
      { name: 'kB', cell: ({ bytes }) => kilobytes(bytes) },
      { name: 'kB late', cell: ({ lateBytes }) => kilobytes(lateBytes) },
      { name: 'import ms', cell: ({ importMs }) => millis(importMs) },
      { name: 'beyond nothing', cell: ({ importMs, emptyImportMs }) => millis(importMs - emptyImportMs) },
      { name: 'shares', text: true, cell: sharesOf },
      { name: 'largest, in kB', text: true, cell: ({ modules }) => escapeHtml(madeOf(modules, 3)) },
    ],
    rows,
  );
  return `<section><h2>Cold start</h2><p class="quiet">${escapeHtml(about)}</p>${legend(marks)}<div class="card">${figures}</div></section>`;
}

function sharesOf({ modules }: ColdStart): string {
  if (modules.length === 0) return '';
  const values = new Map<string, number>(kinds.map(({ name }) => [name, 0]));
  for (const { name, bytes } of modules) {
    const kind = kinds.find(({ isOf }) => isOf.test(name))?.name ?? 'others';
    values.set(kind, (values.get(kind) ?? 0) + bytes);
  }
  const shares = kinds.map(({ name, color }) => ({ name, color, value: values.get(name) ?? 0 }));
  return shareBar(shares, ({ name, value }) => `${name}: ${kilobytes(value)} kB`);
}
