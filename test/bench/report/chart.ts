/** Charts as SVG: rows of dots on a logarithmic axis, lines over a doubling axis, and a bar of shares. */
import { escapeHtml } from './html.ts';

/** From a value to a place in pixels. */
type Scale = (value: number) => number;

/** Any SVG shape around the origin takes its place by this. */
const placed = (shape: string, x: number, y: number, title = ''): string =>
  `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)})">${title && `<title>${escapeHtml(title)}</title>`}${shape}</g>`;

const text = (content: string, x: number, y: number, attributes = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escapeHtml(content)}</text>`;

const logScale = ([low, high]: readonly [number, number], [from, to]: readonly [number, number]): Scale => {
  const span = Math.log(high / low);
  return value => from + (Math.log(value / low) / span) * (to - from);
};

export interface Mark {
  readonly value: number;
  readonly shape: string;
  readonly title: string;
}

export interface DotRow {
  /** What the row shares with those below it; said once. */
  readonly group: string;
  readonly label: string;
  readonly marks: readonly Mark[];
  /** Said at the row's end, one for each of the chart's titles. */
  readonly notes: readonly string[];
}

export interface DotChart {
  readonly rows: readonly DotRow[];
  readonly noteTitles: readonly string[];
  /** Powers of ten that bound the axis. */
  readonly decades: readonly [number, number];
  readonly unit: string;
}

const ROW = 24;
const DOTS = { width: 530, left: 88, right: 172, top: 22, bottom: 34 } as const;

/** From one note to the next. */
const NOTE = 90;

export function dotChart({ rows, noteTitles, decades: [first, last], unit }: DotChart): string {
  const { width, left, right, top, bottom } = DOTS;
  const height = top + rows.length * ROW + bottom;
  const x = logScale([10 ** first, 10 ** last], [left, width - right]);
  const powers = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const grid = powers.map(power => {
    const at = x(power).toFixed(1);
    const line = `<line x1="${at}" x2="${at}" y1="${top}" y2="${height - bottom}" stroke="var(--grid)"/>`;
    return line + text(shortNumber(power), x(power), height - bottom + 16, 'text-anchor="middle" class="quiet"');
  });
  const body = rows.map((row, index) => {
    const y = top + (index + 0.5) * ROW;
    const isFirst = rows[index - 1]?.group !== row.group;
    const places = row.marks.map(({ value }) => x(value));
    const rail = `<line x1="${Math.min(...places)}" x2="${Math.max(...places)}" y1="${y}" y2="${y}" stroke="var(--line)"/>`;
    const marks = row.marks.toReversed().map(({ value, shape, title }) => placed(shape, x(value), y, title));
    const labels =
      (isFirst ? text(row.group, 0, y + 4) : '') +
      text(row.label, left - 12, y + 4, 'text-anchor="end" class="quiet"') +
      atEnd(row.notes, y + 4);
    return rail + marks.join('') + labels;
  });
  const titles =
    text('batch', 0, 12, 'class="quiet"') +
    atEnd(noteTitles, 12, 'class="quiet"') +
    text(unit, (left + width - right) / 2, height - 2, 'text-anchor="middle" class="quiet"');
  return svg(width, height, [...grid, ...body, titles]);
}

/** Texts in columns at the right end of a row. */
const atEnd = (texts: readonly string[], y: number, attributes = ''): string =>
  texts
    .map((content, index) => {
      const x = DOTS.width - 4 - (texts.length - 1 - index) * NOTE;
      return text(content, x, y, `text-anchor="end" ${attributes}`);
    })
    .join('');

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LineChart {
  readonly series: readonly Series[];
  /** A linear axis begins at 0. */
  readonly yAxis: 'linear' | 'log';
  readonly xTitle: string;
}

const LINES = { width: 340, height: 230, left: 44, right: 12, top: 12, bottom: 38 } as const;

export function lineChart({ series, yAxis, xTitle }: LineChart): string {
  const { width, height, left, right, top, bottom } = LINES;
  const xs = series[0]?.points.map(([x]) => x) ?? [1, 2];
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const x = logScale([Math.min(...xs), Math.max(...xs)], [left, width - right]);
  const ticks = yAxis === 'log' ? logTicks(ys) : linearTicks(ys);
  const range = [height - bottom, top] as const;
  const highest = ticks.at(-1) ?? 1;
  const linear: Scale = value => range[0] + (value / highest) * (range[1] - range[0]);
  const y = yAxis === 'log' ? logScale([ticks[0] ?? 1, highest], range) : linear;
  const grid = ticks.map(tick => {
    const at = y(tick).toFixed(1);
    const line = `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" stroke="var(--grid)"/>`;
    return line + text(shortNumber(tick), left - 8, y(tick) + 4, 'text-anchor="end" class="quiet"');
  });
  const axis = xs.map(value =>
    text(String(value), x(value), height - bottom + 16, 'text-anchor="middle" class="quiet"'),
  );
  const lines = series.map(({ name, color, points }) => {
    const path = points
      .map(([a, b], index) => `${index === 0 ? 'M' : 'L'}${x(a).toFixed(1)} ${y(b).toFixed(1)}`)
      .join('');
    const dots = points.map(([a, b]) => placed(dot(color, 3), x(a), y(b), `${name}, ${a}: ${shortNumber(b)}`));
    return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}`;
  });
  const title = text(xTitle, (left + width - right) / 2, height - 4, 'text-anchor="middle" class="quiet"');
  return svg(width, height, [...grid, ...axis, ...lines, title]);
}

export interface Share {
  readonly name: string;
  readonly color: string;
  readonly value: number;
}

/** How a whole divides, as long for every whole. */
export function shareBar(shares: readonly Share[], title: (share: Share) => string): string {
  const [width, height] = [150, 12];
  const whole = shares.reduce((sum, { value }) => sum + value, 0);
  let from = 0;
  const parts = shares.map(share => {
    const length = (share.value / whole) * width;
    const at = `x="${from.toFixed(1)}" width="${Math.max(0, length - 1).toFixed(1)}" height="${height}"`;
    from += length;
    return `<rect ${at} fill="${share.color}"><title>${escapeHtml(title(share))}</title></rect>`;
  });
  return svg(width, height, parts);
}

export const dot = (color: string, radius = 5): string => `<circle r="${radius}" fill="${color}"/>`;

/** The marks of limits: seen as lines one does not cross. */
export const bar = '<rect x="-1.5" y="-7" width="3" height="14" fill="var(--limit)"/>';
export const diamond = '<path d="M0-6L6 0L0 6L-6 0Z" fill="var(--card)" stroke="var(--limit)" stroke-width="1.5"/>';
export const triangle = '<path d="M-5-5L5 0L-5 5Z" fill="var(--card)" stroke="var(--limit)" stroke-width="1.5"/>';

function svg(width: number, height: number, parts: readonly string[]): string {
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">${parts.join('\n')}</svg>`;
}

function logTicks(values: readonly number[]): readonly number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

/** Four steps or so, of 1, 2 or 5 times a power of ten. */
function linearTicks(values: readonly number[]): readonly number[] {
  const highest = Math.max(...values, 0.001);
  const power = 10 ** Math.floor(Math.log10(highest / 4));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => highest / size <= 5) ?? highest;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step);
}

const numbers = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

const shortNumber = (value: number): string => numbers.format(value);
