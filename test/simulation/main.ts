/** `npm run test:sim -- --seed N --ops N [--seeds N]`: simulated runs from the command line. */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    ops: { type: 'string', default: '200' },
    seeds: { type: 'string', default: '1' },
  },
});
const first = Number(values.seed);
const operations = Number(values.ops);
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  try {
    const { anomalies, history, digest } = await simulate({ seed, operations });
    if (values.seeds === '1') console.log(`seed ${seed}, ${history.length} operations\ndigest: ${digest}`);
    for (const { kind, log, detail } of anomalies)
      console.log(`seed ${seed} ops ${operations}: ${kind} in ${log}: ${detail}`);
    if (anomalies.length > 0) process.exitCode = 1;
  } catch (error) {
    process.exitCode = 1;
    console.log(`seed ${seed} ops ${operations}:`, error);
  }
}
if (process.exitCode) console.log(`commit ${execFileSync('git', ['rev-parse', 'HEAD']).toString().trim()}`);
