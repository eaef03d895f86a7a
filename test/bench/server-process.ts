/** Servers under test, each in a process of its own, so that the load generator does not share its event loop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

const START_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 10_000;

export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly dataFolder: string;
  /** Of the process, beside this one's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where the server writes a CPU profile when it stops. */
  readonly profileFolder?: string | undefined;
}

/** Millrace as `npm start` runs it. */
export const startMillrace = (options: ServerProcessOptions): Promise<ServerProcess> =>
  start(['lib/cli/main.ts', 'start', '--host', '127.0.0.1', '--port', '0', '--data', options.dataFolder], options);

/** The least that a server of the same kind has to do; see `bare-server.ts`. */
export const startBareServer = (options: ServerProcessOptions): Promise<ServerProcess> =>
  start(['test/bench/bare-server.ts', options.dataFolder], {});

/** A server of npm's that keeps streams too; see `peers/durable-streams-server.ts`. */
export const startDurableStreams = (options: ServerProcessOptions): Promise<ServerProcess> =>
  start(['test/bench/peers/durable-streams-server.ts', options.dataFolder], {});

/** A function of triggers behind HTTP; see `trigger-function-server.ts`. */
export const startFunctionServer = (environment: Readonly<Record<string, string>>): Promise<ServerProcess> =>
  start(['test/bench/trigger-function-server.ts'], { environment });

interface StartOptions extends Pick<ServerProcessOptions, 'environment'> {
  readonly profileFolder?: string | undefined;
}

async function start(args: readonly string[], { profileFolder, environment }: StartOptions): Promise<ServerProcess> {
  const profiling = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
  const child = spawn(process.execPath, [...profiling, ...args], {
    cwd: repository,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const url = await readyUrl(child);
  return { url, port: Number(new URL(url).port), stop: () => stop(child) };
}

/** The address in the server's own first lines; throws with what it said where it does not start. */
function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`the server ${why}; it said: ${said}`));
    };
    const timer = setTimeout(fail, START_WITHIN_MS, 'did not start in time');
    const hear = (chunk: Buffer) => {
      said = (said + chunk).slice(-10_000);
      const url = /ready on (http:\/\/127\.0\.0\.1:[0-9]+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', error => fail(`could not be run: ${error.message}`));
    child.once('exit', code => fail(`ended with ${code}`));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await exit;
  clearTimeout(timer);
}
