/** The picture of the demo while it runs, as lines: pure, so that the screen can draw them over and over. */
import { styleText } from 'node:util';
import type { Live } from './live.ts';
import { type Kind, kinds } from './topics.ts';

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

const TITLE = 'Millrace: website activity';

/** Most that is drawn; a wider terminal stays empty at the right. */
const MAX_COLUMNS = 100;
const MIN_COLUMNS = 60;

/** Lines besides those of pages: the frame's own, and those of the report that comes below it. */
const OTHER_LINES = 39;
const MAX_PAGES = 12;
const MIN_PAGES = 3;

const LABEL_COLUMNS = 12;
const TABLE_COLUMNS = 14;
const NUMBER_COLUMNS = 13;
const PAGE_COLUMNS = 47;
const VIEWS_COLUMNS = 6;

/** What is fetched to show a page rather than as one; it is counted all the same. */
const ASSET = /\.(?:png|jpe?g|gif|ico|svg|css|js)$/i;

/** An eighth of a column more each. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

export function frame(live: Live, { columns, rows }: FrameSize): string[] {
  const width = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, columns)) - 1;
  const pages = Math.min(MAX_PAGES, Math.max(MIN_PAGES, rows - OTHER_LINES));
  return [
    `${styleText('bold', TITLE)}  ${styleText('dim', atRight(live.url, width - TITLE.length - 2))}`,
    '',
    ...progress(live, width),
    '',
    ...readByPartition(live),
    pageCounts(live, width),
    lastSeen(live, width),
    '',
    ...topPages(live, { width, pages }),
    styleText('dim', live.phase === 'done' ? '' : `${live.phase} …`),
  ];
}

/** `fraction` of `width` columns. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

export const count = (value: number): string => value.toLocaleString('en-US');

function progress({ produced, total, recordsPerSecond }: Live, width: number): string[] {
  const percent = Math.floor((produced * 100) / total);
  const facts = `${count(produced)} of ${count(total)}  ${percent} %  ${count(Math.round(recordsPerSecond))}/s`;
  const room = width - LABEL_COLUMNS - facts.length - 2;
  const filled = bar(produced / total, room);
  const rest = styleText('dim', '░'.repeat(Math.max(0, room - filled.length)));
  return [`${'produced'.padEnd(LABEL_COLUMNS)}${styleText('green', filled)}${rest}  ${facts}`];
}

function readByPartition(live: Live): string[] {
  const heads = [...live.read.click.map((_, partition) => `partition ${partition}`), 'total'];
  return [
    styleText('dim', `${'read back'.padEnd(LABEL_COLUMNS)}${cells(heads)}`),
    ...kinds.flatMap(kind => [
      `${`  ${kind}`.padEnd(LABEL_COLUMNS)}${cells(counts(live, kind))}`,
      ...(kind === 'click' ? [readers(live)] : []),
    ]),
  ];
}

/** Who of the group has which partition; a killed reader does until its session is over. */
function readers({ readers, again }: Live): string {
  const names = readers.map(reader => {
    if (reader?.isKilled) return styleText('red', `${reader.number}, killed`.padStart(NUMBER_COLUMNS));
    return (reader ? `reader ${reader.number}` : 'nobody').padStart(NUMBER_COLUMNS);
  });
  return `${'    by'.padEnd(LABEL_COLUMNS)}${names.join('')}${`${count(again)} again`.padStart(NUMBER_COLUMNS)}`;
}

/** The table that the function makes which `click` invokes, followed live. */
function pageCounts({ isCounting, isBroken, counts }: Live, width: number): string {
  const { batches, again } = counts.batches;
  const facts = `${count(counts.totalViews)} views in ${count(batches)} batches, ${count(again)} of them again`;
  const line = `${'  page-counts'.padEnd(TABLE_COLUMNS)}${isCounting ? facts : 'nobody counts'}`;
  return isBroken ? styleText('red', atLeft(`${line}; the function dies`, width).trimEnd()) : line;
}

/** The table that `last-seen` makes, followed live. */
function lastSeen({ seen, forgotten }: Live, width: number): string {
  const facts = `${count(seen.size)} visitors, ${count(forgotten)} tombstones`;
  const newest = [...seen].at(-1);
  const line = `${'  last-seen'.padEnd(TABLE_COLUMNS)}${facts}${newest ? `; ${newest[0]} at ${newest[1].page}` : ''}`;
  return atLeft(line, width).trimEnd();
}

const counts = ({ read }: Live, kind: Kind): string[] =>
  [...read[kind], read[kind].reduce((sum, records) => sum + records, 0)].map(count);

const cells = (texts: readonly string[]): string => texts.map(text => text.padStart(NUMBER_COLUMNS)).join('');

function topPages(live: Live, { width, pages }: { readonly width: number; readonly pages: number }): string[] {
  const top = [...live.views]
    .filter(([page]) => !ASSET.test(page))
    .sort(([, a], [, b]) => b - a)
    .slice(0, pages);
  const most = top[0]?.[1] ?? 0;
  const rows = top.map(([page, views]) => {
    const label = `  ${atLeft(page, PAGE_COLUMNS - 2)}${count(views).padStart(VIEWS_COLUMNS)}  `;
    return `${label}${styleText('cyan', bar(views / most, width - label.length))}`;
  });
  const blank = new Array<string>(pages - rows.length).fill('');
  const rest = `  and ${count(live.views.size - top.length)} others; images, styles and scripts are counted but never listed`;
  return [
    styleText('dim', `${'page'.padEnd(PAGE_COLUMNS)}${'views'.padStart(VIEWS_COLUMNS)}`),
    ...rows,
    ...blank,
    styleText('dim', rest),
  ];
}

const atRight = (text: string, columns: number): string => shorten(text, columns).padStart(columns);

/** A path is a stranger's text: what is not plain ASCII could be a command to the terminal. */
const atLeft = (text: string, columns: number): string =>
  shorten(text.replace(/[^ -~]/g, '?'), columns).padEnd(columns);

const shorten = (text: string, columns: number): string =>
  text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
