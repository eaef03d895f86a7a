/**
 * `npm run check:history -- FILE [--calm-from MS] [--calm-to MS] [--log-start-believed-ms MS] [--producer-forgotten-ms MS]
 * [--compacted TOPIC:MIN_LAG_MS:DELETE_RETENTION_MS[:CLOCK_SKEW_MS]]… [--starts-are-recorded]`: counts the operations of a JSONL history, and lists its anomalies. Exits with 1 where it has any, or
 * cannot be read.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkFlags, optionsOf } from './check-flags.ts';
import { checkHistory } from './check-history.ts';
import { fromJsonl } from './history.ts';
import { countOperations, listed } from './report.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

try {
  check();
} catch (error) {
  print(`cannot check: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

function check(): void {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: checkFlags });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new Error(`expected one file, got ${positionals.length}`);
  const options = optionsOf(values);

  const history = fromJsonl(readFileSync(file, 'utf8'));
  if (history.length === 0) throw new Error(`${file} holds no operation`);
  const anomalies = checkHistory(history, options);
  for (const [name, { ok, failed, unknown }] of countOperations(history)) {
    print(`${name}: ${ok} ok, ${failed} failed, ${unknown} unknown`);
  }
  print(`anomalies: ${anomalies.length}`);
  for (const line of listed(anomalies)) print(line);
  if (anomalies.length > 0) process.exitCode = 1;
}
