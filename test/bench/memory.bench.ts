/**
 * Memory: a process as small as a function of 512 MB rolls and merges a partition of a GiB. The process has the aws adapters, the
 * stores that they speak to are emulators in this one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { startDynamoEmulator, startS3Emulator } from '../contract/support/emulators.ts';
import type { Bench } from './bench.ts';
import { memoryHeader, memoryLine } from './report/segment-lines.ts';
import type { Shape } from './workload.ts';

const MIB = 2 ** 20;

/** Of JavaScript's objects; buffers come to it. */
const HEAP_MIB = 256;

/** Of a function that maintains. */
const LIMIT_BYTES = 512 * MIB;

export interface MemoryTask extends Shape {
  readonly logBytes: number;
}

/** The second has as many batches in a segment as can be. */
const tasks: readonly MemoryTask[] = [
  { recordBytes: 1024, batchRecords: 100, logBytes: 1024 * MIB },
  { recordBytes: 30, batchRecords: 1, logBytes: 128 * MIB },
];

export interface MemoryRow extends MemoryTask {
  readonly segments: number;
  readonly heapMiB: number;
  readonly maxRssBytes: number;
  readonly rollSeconds: number;
  readonly mergeSeconds: number;
}

/** @throws Error where the process took more than it may */
export async function benchMemory({ print }: Bench): Promise<readonly MemoryRow[]> {
  await using stack = new AsyncDisposableStack();
  const dynamo = await startDynamoEmulator();
  stack.defer(dynamo.close);
  const s3 = await startS3Emulator();
  stack.defer(s3.close);
  print(memoryHeader());
  const rows: MemoryRow[] = [];
  for (const task of tasks) {
    const args = [`--max-old-space-size=${HEAP_MIB}`, `${import.meta.dirname}/memory-process.ts`];
    const child = spawn(process.execPath, [...args, dynamo.url, s3.url, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    if (status !== 0) throw new Error(`the process ended with ${status}`);
    const row: MemoryRow = { ...task, heapMiB: HEAP_MIB, ...JSON.parse(said) };
    print(memoryLine(row));
    if (row.maxRssBytes > LIMIT_BYTES) throw new Error(`it took ${row.maxRssBytes} bytes, more than ${LIMIT_BYTES}`);
    rows.push(row);
  }
  return rows;
}
