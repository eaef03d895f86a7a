/**
 * `npm run demo`: real web traffic through Millrace, there and back. See README.md beside this file.
 *
 * Ends with 0 where every reading agrees with the file, 1 where one does not or the demo fails.
 */
import { parseArgs } from 'node:util';
import { agrees, runDemo } from './demo.ts';
import { reportLines } from './report.ts';
import { LineScreen, TerminalScreen } from './screen.ts';
import { useServer } from './server.ts';

/** The whole demo, whatever the server does. */
const RUN_WITHIN_MS = 120_000;

/** Slow enough to watch: the log takes five seconds. */
const WATCHABLE_RATE = 2_000;

const USAGE = `npm run demo -- [--url <url>] [--rate <records a second>]

  --url   a running Millrace, local or deployed; also MILLRACE_URL. Without it, the demo runs one of its own.
  --rate  0 for as fast as it goes; ${WATCHABLE_RATE} on a terminal, where it is left out, and 0 elsewhere.`;

interface CommandLine {
  readonly url: string | undefined;
  readonly recordsPerSecond: number;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const command = commandLine();
  if (!command) {
    console.error(USAGE);
    return 1;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
  process.once('SIGTERM', () => interrupted.abort(new Error('terminated')));
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(RUN_WITHIN_MS)]);
  try {
    return (await demonstrate(command, signal)) ? 0 : 1;
  } catch (error) {
    console.error(`demo: ${reasonOf(error, signal)}`);
    return 1;
  }
}

/** @returns whether every reading agrees with the file */
async function demonstrate({ url, recordsPerSecond }: CommandLine, signal: AbortSignal): Promise<boolean> {
  const server = await useServer(url);
  const screen = process.stdout.isTTY ? new TerminalScreen(process.stdout) : new LineScreen(line => console.log(line));
  try {
    const report = await runDemo({ url: server.url, recordsPerSecond, screen, signal });
    for (const line of reportLines(report)) console.log(line);
    return agrees(report);
  } finally {
    await server.close();
  }
}

/** Nothing where it is not understood. */
function commandLine(): CommandLine | undefined {
  try {
    const { values } = parseArgs({ options: { url: { type: 'string' }, rate: { type: 'string' } } });
    const rate = values.rate ?? String(process.stdout.isTTY ? WATCHABLE_RATE : 0);
    if (!/^[0-9]{1,7}$/.test(rate)) return undefined;
    const url = values.url ?? process.env.MILLRACE_URL;
    return { url: url || undefined, recordsPerSecond: Number(rate) || Number.POSITIVE_INFINITY };
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  const cause: unknown = signal.aborted ? signal.reason : error;
  if (cause instanceof DOMException && cause.name === 'TimeoutError')
    return `not done within ${RUN_WITHIN_MS / 1_000} s`;
  return cause instanceof Error ? cause.message : String(cause);
}
