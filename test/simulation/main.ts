/**
 * Simulated runs from the command line.
 *
 *     npm run test:sim -- --seed 1 --ops 200              one run, and the digest of all that happened in it
 *     npm run test:sim -- --seed 1 --ops 200 --seeds 50   fifty runs, one after the other
 *     npm run test:sim -- --seed 7 --ops 200 --shrink     of a run that fails: the fewest operations that still fail
 *     npm run test:sim -- --seed 7 --history run.jsonl    also writes down what the clients were told
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { toJsonl } from '../history/history.ts';
import { fewestThatFail } from './shrink.ts';
import { type SimulationResult, simulate } from './simulate.ts';
import { commitOf, positiveInteger } from './tool.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    ops: { type: 'string', default: '200' },
    seeds: { type: 'string', default: '1' },
    shrink: { type: 'boolean', default: false },
    history: { type: 'string' },
  },
});
const first = positiveInteger('seed', values.seed);
const operations = positiveInteger('ops', values.ops);
const seeds = positiveInteger('seeds', values.seeds);

for (let seed = first; seed < first + seeds; seed++) {
  const run = await runOnce(seed, operations);
  if (seeds === 1) printRun(seed, run);
  if (values.history && run) writeFileSync(values.history, toJsonl(run.history));
  if (run && run.anomalies.length === 0) continue;
  process.exitCode = 1;
  console.log(`failed: npm run test:sim -- --seed ${seed} --ops ${operations}, commit ${commitOf()}`);
  if (values.shrink)
    console.log(
      `fewest: npm run test:sim -- --seed ${seed} --ops ${await fewestThatFail(operations, ops => fails(seed, ops))}`,
    );
}

function printRun(seed: number, run: SimulationResult | undefined): void {
  if (!run) return;
  const faults = Object.entries(run.faults).map(([kind, count]) => `${count} ${kind}`);
  console.log(`seed ${seed}: ${run.history.length} operations; faults: ${faults.join(', ')}`);
  console.log(`digest: ${run.digest}`);
}

/** The run, unless it did not end; prints what is wrong with it. */
async function runOnce(seed: number, ops: number, isQuiet = false): Promise<SimulationResult | undefined> {
  try {
    const run = await simulate({ seed, operations: ops });
    if (!isQuiet)
      for (const { kind, log, detail } of run.anomalies) console.log(`${kind} in ${log || 'the run'}: ${detail}`);
    return run;
  } catch (error) {
    if (!isQuiet) console.log(error);
    return undefined;
  }
}

async function fails(seed: number, ops: number): Promise<boolean> {
  const run = await runOnce(seed, ops, true);
  return !run || run.anomalies.length > 0;
}
