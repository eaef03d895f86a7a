/** The few pieces of HTML that every section is made of. */

/** Text that goes into markup. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, character => `&#${character.codePointAt(0)};`);

/** `text` columns lie to the left, figures to the right. */
export interface Column<Row> {
  readonly name: string;
  readonly text?: boolean;
  /** Markup, not text. */
  readonly cell: (row: Row) => string;
}

export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const kind = ({ text }: Column<Row>) => (text ? ' class="text"' : '');
  const head = columns.map(column => `<th${kind(column)}>${escapeHtml(column.name)}</th>`).join('');
  const body = rows.map(
    row => `<tr>${columns.map(column => `<td${kind(column)}>${column.cell(row)}</td>`).join('')}</tr>`,
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

export const card = (title: string, content: string): string =>
  `<div class="card"><h3>${escapeHtml(title)}</h3>${content}</div>`;

export const details = (summary: string, content: string): string =>
  `<details><summary>${escapeHtml(summary)}</summary><div class="card">${content}</div></details>`;

export interface LegendEntry {
  readonly name: string;
  /** An SVG shape around the origin, within 6 pixels. */
  readonly shape: string;
}

export function legend(entries: readonly LegendEntry[]): string {
  const items = entries.map(
    ({ name, shape }) =>
      `<span><svg width="14" height="14" viewBox="-7 -7 14 14">${shape}</svg>${escapeHtml(name)}</span>`,
  );
  return `<div class="legend">${items.join('')}</div>`;
}
