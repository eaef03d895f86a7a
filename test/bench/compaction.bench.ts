/**
 * Compaction of five million records over a hundred thousand keys, on the embedded store, by a process as small as a function of
 * 512 MB: how fast it is beside the bytes alone, how much memory it takes, and what a process that is killed half-way leaves to the
 * next.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CompactResult } from '../../lib/maintenance/compact-log.ts';
import type { CompactionProgress } from '../../lib/maintenance/compaction-pass.ts';
import type { Bench } from './bench.ts';
import type { KeyedShape } from './keyed-log.ts';
import { compactionHeader, compactionLine, progressLine } from './report/compaction-lines.ts';

const MIB = 2 ** 20;

/** Of JavaScript's objects; buffers come to it. */
const HEAP_MIB = 256;

/** Of a function that maintains. */
const LIMIT_BYTES = 512 * MIB;

const shapes: readonly KeyedShape[] = (['none', 'zstd'] as const).map(codec => ({
  records: 5_000_000,
  keys: 100_000,
  valueBytes: 100,
  codec,
}));

/** What the process says. */
export type CompactionLine =
  | { readonly kind: 'filled'; readonly segments: number; readonly logBytes: number }
  | { readonly kind: 'raw'; readonly seconds: number; readonly bytes: number }
  | ({ readonly kind: 'progress'; readonly seconds: number } & CompactionProgress)
  | ({
      readonly kind: 'compacted';
      readonly seconds: number;
      readonly maxRssBytes: number;
      readonly requests: number;
    } & CompactResult)
  | {
      readonly kind: 'checked';
      readonly records: number;
      readonly end: number;
      readonly segments: number;
      readonly logBytes: number;
    };

type Line<K extends CompactionLine['kind']> = Extract<CompactionLine, { kind: K }>;

export interface CompactionRow extends KeyedShape {
  readonly logBytes: number;
  readonly segments: number;
  /** Of the log's bytes, by the run that was not killed, and by reading and storing them alone. */
  readonly megabytesPerSecond: number;
  readonly rawMegabytesPerSecond: number;
  readonly seconds: number;
  readonly heapMiB: number;
  readonly maxRssBytes: number;
  readonly requests: number;
  readonly logBytesAfter: number;
  readonly segmentsAfter: number;
  /** Of the log's bytes, how many the process after the one that was killed still read and cleaned. */
  readonly resumedBytes: number;
}

/** @throws Error where a record is lost or left, the process took more than it may, or the next one started over */
export async function benchCompaction({ folder, print }: Bench): Promise<readonly CompactionRow[]> {
  print(compactionHeader());
  const rows: CompactionRow[] = [];
  for (const shape of shapes) {
    const row = await measure(shape, folder, print);
    print(compactionLine(row));
    rows.push(row);
  }
  return rows;
}

async function measure(shape: KeyedShape, folder: string, print: Bench['print']): Promise<CompactionRow> {
  const run = (name: string, step: string, onLine?: OnLine) =>
    runStep([step, join(folder, `${shape.codec}-${name}`), JSON.stringify(shape)], onLine);
  const filled = only(await run('whole', 'fill'), 'filled');
  const raw = only(await run('whole', 'raw'), 'raw');
  const compacted = only(await run('whole', 'compact', showing(print)), 'compacted');
  const checked = only(await run('whole', 'check'), 'checked');
  if (compacted.maxRssBytes > LIMIT_BYTES) throw new Error(`it took ${compacted.maxRssBytes} bytes of ${LIMIT_BYTES}`);

  await run('killed', 'fill');
  print('  the same once more, killed half-way');
  const isHalfDone: OnLine = line =>
    line.kind === 'progress' && line.phase === 'segments' && line.bytes > line.ofBytes / 2;
  const before = progressOf(await run('killed', 'compact', isHalfDone));
  const resumed = await run('killed', 'compact', showing(print));
  const after = only(await run('killed', 'check'), 'checked');
  const left = progressOf(resumed);
  const resumedBytes = only(resumed, 'compacted').bytesBefore;
  if (before.bytes + left.ofBytes !== before.ofBytes || after.records !== checked.records) {
    throw new Error(`after ${before.bytes} of ${before.ofBytes} bytes the next process did ${left.ofBytes}`);
  }
  return {
    ...shape,
    logBytes: filled.logBytes,
    segments: filled.segments,
    megabytesPerSecond: filled.logBytes / 1e6 / compacted.seconds,
    rawMegabytesPerSecond: raw.bytes / 1e6 / raw.seconds,
    seconds: compacted.seconds,
    heapMiB: HEAP_MIB,
    maxRssBytes: compacted.maxRssBytes,
    requests: compacted.requests,
    logBytesAfter: checked.logBytes,
    segmentsAfter: checked.segments,
    resumedBytes,
  };
}

/** Told of each line; where it says yes, the process is killed. */
type OnLine = (line: CompactionLine) => boolean;

async function runStep(args: readonly string[], onLine: OnLine = () => false): Promise<readonly CompactionLine[]> {
  const program = [`--max-old-space-size=${HEAP_MIB}`, join(import.meta.dirname, 'compaction-process.ts')];
  const child = spawn(process.execPath, [...program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines: CompactionLine[] = [];
  let isKilled = false;
  for await (const text of createInterface({ input: child.stdout })) {
    if (isKilled) continue;
    const line = JSON.parse(text) as CompactionLine;
    lines.push(line);
    isKilled = onLine(line);
    if (isKilled) child.kill('SIGKILL');
  }
  const [status] = await ended;
  if (!isKilled && status !== 0) throw new Error(`the process ended with ${status}`);
  return lines;
}

/** Prints a tenth of the way at a time. */
function showing(print: Bench['print']): OnLine {
  let shown = '';
  return line => {
    if (line.kind !== 'progress') return false;
    const tenth = `${line.phase} ${Math.floor((10 * line.bytes) / Math.max(1, line.ofBytes))}`;
    if (tenth !== shown) print(progressLine(line));
    shown = tenth;
    return false;
  };
}

function only<K extends CompactionLine['kind']>(lines: readonly CompactionLine[], kind: K): Line<K> {
  const line = lines.find((each): each is Line<K> => each.kind === kind);
  if (!line) throw new Error(`the process said nothing of '${kind}'`);
  return line;
}

/** The last progress among segments. */
function progressOf(lines: readonly CompactionLine[]): Line<'progress'> {
  const progress = lines.findLast((line): line is Line<'progress'> => line.kind === 'progress');
  if (progress?.phase !== 'segments') throw new Error('it came to no segment');
  return progress;
}
