/**
 * `npm run test:faults -- [--target embedded|deployed] [--short | --records N] [--seed N]`: real processes that are killed and frozen, and
 * replies that are lost, under load; and what came of it.
 *
 * Ends with 1 where a promise was broken, something did not come to its end, or a kind of fault did not happen.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { saveHistory } from '../history/report.ts';
import { startDeployed } from './deployed-target.ts';
import { startEmbedded } from './embedded-target.ts';
import { run } from './run.ts';
import type { RunReport } from './run-report.ts';
import { TRIGGER } from './settings.ts';
import { table } from './table.ts';
import type { Target } from './target.ts';
import { TriggerFunction } from './trigger-function.ts';
import { findings } from './verdict.ts';

/** Whatever hangs, the run ends. */
const ENDS_WITHIN_MS = 30 * 60_000;

/** What is told of findings; the rest are counted. */
const MAX_FINDINGS = 20;

const targets = { embedded: startEmbedded, deployed: startDeployed } as const;

/** To the topic that groups read. The short form is as long as every kind of fault takes to come. */
const LONG = 100_000;
const shortForms = { embedded: 12_000, deployed: 4_000 } as const;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'embedded' },
    short: { type: 'boolean', default: false },
    records: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

/** Aborted when the run has to end, whatever it is at. */
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
setTimeout(() => stop.abort(new Error(`not over after ${ENDS_WITHIN_MS} ms`)), ENDS_WITHIN_MS).unref();

process.exitCode = await main();
// nothing that is left keeps it from ending
process.exit();

async function main(): Promise<number> {
  const name = values.target as keyof typeof targets;
  const begin = targets[name];
  if (!begin) throw new Error(`--target ${values.target}: expected one of ${Object.keys(targets).join(', ')}`);
  const records = Number(values.records ?? (values.short ? shortForms[name] : LONG));
  const seed = Number(values.seed);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-faults-'));
  const triggerFunction = await TriggerFunction.start(TRIGGER);
  let target: Target | undefined;
  try {
    target = await begin({ folder, seed, functionUrl: triggerFunction.url, say });
    say(`${records} records on ${name}, seed ${seed}`);
    const running = run({ target, triggerFunction, folder, records, seed, say, signal: stop.signal });
    return tell(await Promise.race([running, stopped()]));
  } catch (error) {
    say(error instanceof Error ? `${error.stack}` : String(error));
    return 1;
  } finally {
    stop.abort();
    await target?.end();
    await triggerFunction.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function stopped(): Promise<never> {
  const { signal } = stop;
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

function tell(report: RunReport): number {
  for (const line of table(report)) say(line);
  const found = findings(report);
  if (found.length === 0) {
    say('All is as it must be.');
    return 0;
  }
  for (const line of found.slice(0, MAX_FINDINGS)) say(line);
  say(`${found.length} findings; the history is ${saveHistory(report.history)}`);
  return 1;
}
