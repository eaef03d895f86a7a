/** Where and of what a run was made: without these its figures mean nothing. */
import { execFileSync } from 'node:child_process';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { BenchOptions } from './options.ts';

export interface Run {
  readonly startedAt: string;
  /** Short hash, with `+` where files differ from it. */
  readonly commit: string;
  readonly node: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryInGiB: number;
    readonly system: string;
    /** Load average of the last minute as the run began: well above 0, others had a part of the cores. */
    readonly loadAtStart: number;
  };
  readonly options: BenchOptions;
}

export function describeRun(options: BenchOptions): Run {
  return {
    startedAt: new Date().toISOString(),
    commit: commitOf(import.meta.dirname),
    node: process.version,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryInGiB: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release()} ${arch()}`,
      loadAtStart: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    },
    options,
  };
}

function commitOf(folder: string): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}
