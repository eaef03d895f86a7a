/**
 * Simulated runs until told to stop, or a number of them.
 *
 *     npm run test:sim:long -- [--seed 1] [--ops 150] [--seeds 100000] [--processes 2]
 *
 * Each failure is printed when it is found. Ends with a table, and with status 1 where there was any.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { compactionCounts } from './compaction-counts.ts';
import { faultKinds } from './faults.ts';
import { groupCounts } from './group-counts.ts';
import { runSeeds } from './run-seeds.ts';
import { describeFailure, Tally } from './tally.ts';
import { commitOf, positiveInteger } from './tool.ts';
import { triggerCounts } from './trigger-counts.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    ops: { type: 'string', default: '150' },
    seeds: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
    processes: { type: 'string', default: String(availableParallelism()) },
  },
});
const options = {
  first: positiveInteger('seed', values.seed),
  count: positiveInteger('seeds', values.seeds),
  operations: positiveInteger('ops', values.ops),
  processes: positiveInteger('processes', values.processes),
};
const commit = commitOf();
const startedAt = performance.now();
const tally = new Tally();
let isStopped = false;
process.once('SIGINT', () => {
  isStopped = true;
});

const progress = setInterval(printProgress, process.stdout.isTTY ? 500 : 60_000);
await runSeeds({
  ...options,
  onReport(report) {
    tally.add(report);
    if (report.anomalies.length > 0) print(`${describeFailure(report, options.operations)}\n`);
    return isStopped ? 'stop' : 'go on';
  },
});
clearInterval(progress);
printTable();
process.exitCode = tally.failures.length > 0 ? 1 : 0;

function printProgress(): void {
  print(process.stdout.isTTY ? summary() : `${summary()}\n`);
}

/** Writes over the progress line, where there is one. */
function print(text: string): void {
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[2K${text}` : text);
}

function summary(): string {
  const perSecond = Math.round((1_000 * tally.seeds) / (performance.now() - startedAt));
  const counts = `${count(tally.seeds)} runs, ${count(tally.operations)} operations, ${count(tally.faultsOfAllKinds)} faults`;
  return `${counts}, ${tally.failures.length} failed; ${perSecond} runs/s`;
}

function printTable(): void {
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  const rows = [
    ['runs', tally.seeds],
    ['failed', tally.failures.length],
    ['operations', tally.operations],
    ['  acknowledged', tally.acknowledged],
    ['  unknown', tally.unknown],
    ['faults', tally.faultsOfAllKinds],
    ...faultKinds.map(kind => [`  ${kind}`, tally.faults[kind]] as const),
    ...compactionCounts.map(what => [`compaction: ${what}`, tally.compaction[what]] as const),
    ...groupCounts.map(what => [`group: ${what}`, tally.group[what]] as const),
    ...triggerCounts.map(what => [`trigger: ${what}`, tally.trigger[what]] as const),
  ] as const;
  print('');
  for (const [name, number] of rows) print(`${name.padEnd(24)}${count(number).padStart(14)}\n`);
  const last = options.first + tally.seeds - 1;
  print(
    `seeds ${options.first} to ${last}, ${options.operations} operations each, in ${minutes} min; commit ${commit}\n`,
  );
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
