/** Figures of compaction as lines of text, printed as they are measured. */
import type { CompactionProgress } from '../../../lib/maintenance/compaction-pass.ts';
import type { CompactionRow } from '../compaction.bench.ts';
import { few, percent, whole } from './figures.ts';
import { columns, title } from './terminal.ts';

const MIB = 2 ** 20;

export const describeKeyed = ({ records, keys, codec }: CompactionRow): string =>
  `${whole(records / 1e6)} M of ${whole(keys / 1e3)} k keys, ${codec}`;

export function compactionHeader(): string {
  const figures = columns('MiB', 'after', 's', 'MB/s', 'of raw', 'most MiB', 'requests', 'resumed');
  return `\ncompaction on the embedded store, killed half-way and resumed\n${title('records')}${figures}`;
}

export function compactionLine(row: CompactionRow): string {
  const { logBytes, logBytesAfter, seconds, megabytesPerSecond, rawMegabytesPerSecond, maxRssBytes, requests } = row;
  const sizes = [logBytes, logBytesAfter].map(bytes => few(bytes / MIB));
  const rate = [few(seconds), few(megabytesPerSecond), percent(megabytesPerSecond / rawMegabytesPerSecond)];
  const rest = [whole(maxRssBytes / MIB), whole(requests), percent(row.resumedBytes / logBytes)];
  return title(describeKeyed(row)) + columns(...sizes, ...rate, ...rest);
}

export function progressLine({
  phase,
  bytes,
  ofBytes,
  seconds,
}: CompactionProgress & { readonly seconds: number }): string {
  const what = phase === 'keys' ? 'reads keys' : 'cleans';
  return `  ${what} ${percent(bytes / Math.max(1, ofBytes)).padStart(6)} of ${whole(ofBytes / MIB)} MiB, ${few(seconds)} s`;
}
