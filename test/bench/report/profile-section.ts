/** Where the CPU time of a server went that sixteen clients kept busy: a card for each task, its parts from the costliest on. */
import type { ProfilePart } from '../profile/cpu-profile.ts';
import type { ProfileRow } from '../profile/profile.bench.ts';
import { percent, whole } from './figures.ts';
import { card, escapeHtml, table } from './html.ts';
import { LEAST_SHARE } from './profile-lines.ts';

const about = `Sixteen clients, batches of 100 records of 1 KiB, a server of its own for each task under V8's profiler. Shares are of the \
time in which the server was busy, once it was warm. The files lie in the results' folder, for Chrome's DevTools to open.`;

export function profileSection(rows: readonly ProfileRow[]): string {
  const cards = rows.map(({ task, format, recordsPerSecond, busyShare, parts }) => {
    const title = `${task}, ${format}: ${whole(recordsPerSecond)} records/s, ${percent(busyShare)} busy`;
    return card(title, partsTable(parts.filter(({ share }) => share >= LEAST_SHARE)));
  });
  return `<section><h2>Profile</h2><p class="quiet">${escapeHtml(about)}</p><div class="grid">${cards.join('\n')}</div></section>`;
}

const partsTable = (parts: readonly ProfilePart[]): string =>
  table(
    [
      { name: 'part', text: true, cell: ({ name }) => escapeHtml(name) },
      { name: 'share', cell: ({ share }) => percent(share) },
      { name: 'most of it', text: true, cell: ({ most }) => mostOf(most) },
    ],
    parts,
  );

const mostOf = (most: ProfilePart['most']): string =>
  most
    .slice(0, 2)
    .map(({ name, share }) => `${escapeHtml(shortName(name))} ${percent(share)}`)
    .join(', ');

/** Without its file, and no longer than a card has room for. */
const shortName = (name: string): string => (name.split(',')[0] ?? name).slice(0, 22);
