/**
 * Profile: where the server's CPU time goes while sixteen clients produce, or fetch, batches of 100 records of 1 KiB, as v2 JSON
 * and as raw batches. Each in a server of its own, started with V8's profiler, whose files stay in the results' folder.
 */
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { loadFetch, preparedFetch } from '../fetch.bench.ts';
import type { Load } from '../load.ts';
import { loadProduce } from '../produce.bench.ts';
import { profileLines } from '../report/profile-lines.ts';
import type { Format } from '../results.ts';
import { type ServerProcess, startMillrace } from '../server-process.ts';
import { formats } from '../workload.ts';
import { type CpuProfile, readCpuProfile } from './cpu-profile.ts';

const shape = { recordBytes: 1024, batchRecords: 100 };
const CLIENTS = 16;

/** Long enough for a sample of many requests, once the code is compiled. */
const LONGER = 4;
const WARM_UP = 2;

export interface ProfileRow extends CpuProfile {
  readonly task: 'produce' | 'fetch';
  readonly format: Format;
  readonly recordsPerSecond: number;
}

export async function benchProfile(bench: Bench): Promise<readonly ProfileRow[]> {
  const rows: ProfileRow[] = [];
  for (const task of ['produce', 'fetch'] as const) {
    for (const format of formats) {
      const row = await profile(bench, task, format);
      for (const line of profileLines(row)) bench.print(line);
      rows.push(row);
    }
  }
  return rows;
}

async function profile({ folder, out, seconds }: Bench, task: ProfileRow['task'], format: Format): Promise<ProfileRow> {
  const name = `${task}-${format.replace(' ', '-')}-${Date.now()}`;
  const profileFolder = join(out, 'profiles', name);
  const dataFolder = join(folder, name);
  const millrace = await startMillrace({ dataFolder, profileFolder });
  try {
    const load = await loaderOf(task, { millrace, dataFolder, format });
    await load(seconds * WARM_UP);
    const from = microsNow();
    const { recordsPerSecond } = await load(seconds * LONGER);
    const stretch = { from, to: microsNow() };
    await millrace.stop();
    return { task, format, recordsPerSecond, ...(await readCpuProfile(profileFolder, stretch)) };
  } finally {
    await millrace.stop();
  }
}

interface LoadParams {
  readonly millrace: ServerProcess;
  readonly dataFolder: string;
  readonly format: Format;
}

type Loader = (seconds: number) => Promise<Load>;

async function loaderOf(task: ProfileRow['task'], { millrace, dataFolder, format }: LoadParams): Promise<Loader> {
  const workload = { ...shape, format, clients: CLIENTS };
  if (task === 'produce') return seconds => loadProduce(millrace, workload, seconds);
  const log = await preparedFetch(millrace, dataFolder, shape);
  return seconds => loadFetch({ millrace, log }, workload, seconds);
}

const microsNow = (): number => Number(process.hrtime.bigint() / 1_000n);
