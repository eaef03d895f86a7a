/** The server as users run it: a process of its own, which can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const main = join(import.meta.dirname, '../../lib/cli/main.ts');

export interface ServerProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has printed so far, on both streams. */
  readonly output: () => string;
  /** Ends it with the signal, and answers with its exit status; null where a signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

export interface ServerRun {
  readonly status: number | null;
  readonly output: string;
}

export async function startProcess(dataFolder: string, more: readonly string[] = []): Promise<ServerProcess> {
  const child = spawnServer(['--port', '0', '--data', dataFolder, ...more]);
  const output = outputOf(child);
  const ended = once(child, 'close').then(() => true);
  while (true) {
    const url = /ready on (http:\S+),/.exec(output())?.[1];
    if (url) return { url, process: child, output, stop: signal => stop(child, signal) };
    if (await Promise.race([ended, setTimeout(20, false)])) {
      throw new Error(`the server ended before it was ready: ${output()}`);
    }
  }
}

/** Runs it to its end: for starts that fail. */
export async function runProcess(args: readonly string[]): Promise<ServerRun> {
  const child = spawnServer(args);
  const output = outputOf(child);
  const [status] = await once(child, 'close');
  return { status, output: output() };
}

function outputOf(child: ReturnType<typeof spawnServer>): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk;
    });
  }
  return () => output;
}

function spawnServer(args: readonly string[]) {
  return spawn(process.execPath, [main, 'start', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'close');
  child.kill(signal);
  const [status] = await closed;
  return status;
}
