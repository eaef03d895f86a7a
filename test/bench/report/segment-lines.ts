/** Figures of segments as lines of text, printed as they are measured. */
import type { GrowthRow } from '../fetch-growth.ts';
import type { MemoryRow } from '../memory.bench.ts';
import { requestsOf } from '../meter.ts';
import type { SegmentRate } from '../segment-rates.ts';
import { describeShape } from '../workload.ts';
import { few, millis, percent, whole } from './figures.ts';
import { columns, title } from './terminal.ts';

export const pageText = (pageBytes: number): string => (pageBytes === 1 ? 'one batch' : 'a MiB');

export function growthHeader(name: string): string {
  const figures = columns('segments', 'chapters', 'worker', 'asks for', 'requests', 'GETs', 'KiB', 'p50 ms', 'p99 ms');
  return `\na fetch at a random offset: ${name}\n${title('records')}${figures}`;
}

export function growthLine(row: GrowthRow): string {
  const { records, segments, chapters, worker, pageBytes, perFetch, times } = row;
  const counts = [requestsOf(perFetch), perFetch.objectGets].map(count => count.toFixed(2));
  const timed = times ? [times.p50Ms, times.p99Ms].map(millis) : [];
  const bytes = few(perFetch.objectGetBytes / 1024);
  return (
    title(whole(records)) +
    columns(whole(segments), whole(chapters), worker, pageText(pageBytes), ...counts, bytes, ...timed)
  );
}

export function rateHeader(): string {
  return `\nsegments, 64 MiB on the embedded store\n${title('records')}${columns('task', 'MB/s', 'raw MB/s', 'of raw')}`;
}

export function rateLine(rate: SegmentRate): string {
  const { task, megabytesPerSecond, raw } = rate;
  const figures = [task, few(megabytesPerSecond), few(raw.megabytesPerSecond), percent(raw.ratio)];
  return `${title(describeShape(rate))}${columns(...figures)}   ${raw.what}`;
}

export function memoryHeader(): string {
  const figures = columns('MiB', 'segments', 'heap limit', 'most MiB', 'roll s', 'merge s');
  return `\nmemory of a process that fills, rolls and merges a partition on the aws adapters\n${title('records')}${figures}`;
}

export function memoryLine(row: MemoryRow): string {
  const { logBytes, segments, heapMiB, maxRssBytes, rollSeconds, mergeSeconds } = row;
  const sizes = [whole(logBytes / 2 ** 20), whole(segments), `${heapMiB} MiB`, whole(maxRssBytes / 2 ** 20)];
  return title(describeShape(row)) + columns(...sizes, few(rollSeconds), few(mergeSeconds));
}
