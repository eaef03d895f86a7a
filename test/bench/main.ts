/**
 * `npm run bench`: what Millrace does in a second, beside the raw limits of the machine it runs on, measured in the same run;
 * and what it costs on AWS. Text to the terminal, JSON and a page with charts to a folder.
 */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Bench } from './bench.ts';
import { benchCodecs } from './codecs.ts';
import { benchColdStart } from './cold-start/cold-start.bench.ts';
import { benchCompaction } from './compaction.bench.ts';
import { benchContention } from './contention.bench.ts';
import { benchCost } from './cost.bench.ts';
import { benchFetch } from './fetch.bench.ts';
import { benchGroups } from './groups.bench.ts';
import { benchMemory } from './memory.bench.ts';
import { type BenchOptions, type Experiment, parseOptions } from './options.ts';
import { benchPeers } from './peers/peers.bench.ts';
import { assumed, prices } from './prices.ts';
import { benchProduce } from './produce.bench.ts';
import { benchProfile } from './profile/profile.bench.ts';
import { writePage } from './report/page.ts';
import type { BenchResults } from './results.ts';
import { describeRun } from './run.ts';
import { benchSegments } from './segments.bench.ts';
import { benchTriggers } from './triggers.bench.ts';

const options = parseOptions(process.argv);
const out = resolve(options.out);
await mkdir(out, { recursive: true });
const folder = await mkdtemp(join(resolve(options.data), 'millrace-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const results = await measure(options);
const json = join(out, `${results.run.startedAt.replaceAll(':', '-')}.json`);
const page = join(out, 'index.html');
await writeFile(json, `${JSON.stringify(results, undefined, 2)}\n`);
await writeFile(page, writePage(results));
console.log(`\n${json}\n${page}`);

async function measure({ only, seconds, profile }: BenchOptions): Promise<BenchResults> {
  const print = (line: string) => console.log(line);
  const bench: Bench = { seconds, folder, out, profileFolder: profile ? join(out, 'profiles') : undefined, print };
  const run = describeRun(options);
  const wanted = (experiment: Experiment) => only.includes(experiment);
  return {
    run,
    ...(wanted('produce') && { produce: await benchProduce(bench) }),
    ...(wanted('fetch') && { fetch: await benchFetch(bench) }),
    ...(wanted('peers') && { peers: await benchPeers(bench) }),
    ...(wanted('profile') && { profile: await benchProfile(bench) }),
    ...(wanted('cold-start') && { coldStart: await benchColdStart(bench) }),
    ...(wanted('contention') && { contention: await benchContention(bench) }),
    ...(wanted('cost') && { cost: { prices, assumed, ...(await benchCost(bench)) } }),
    ...(wanted('codecs') && { codecs: benchCodecs(print) }),
    ...(wanted('segments') && { segments: await benchSegments(bench) }),
    ...(wanted('memory') && { memory: await benchMemory(bench) }),
    ...(wanted('compaction') && { compaction: await benchCompaction(bench) }),
    ...(wanted('groups') && { groups: await benchGroups(bench) }),
    ...(wanted('triggers') && { triggers: await benchTriggers(bench) }),
  };
}
