/** Where a server's CPU time went, from the profile that it wrote as it stopped: by the part of the program that was running. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = join(import.meta.dirname, '../../..');

/** The first that the frame's file begins with, from the repository on. */
const parts: readonly (readonly [prefix: string, name: string])[] = [
  ['lib/http/json/', 'JSON reader'],
  ['lib/http/', 'routes and their checks'],
  ['lib/record/crc32c', 'CRC'],
  ['lib/record/', 'record batches'],
  ['lib/produce/', 'log'],
  ['lib/fetch/', 'log'],
  ['lib/log/', 'log'],
  ['lib/adapters/', 'embedded store'],
  ['lib/', 'the rest of Millrace'],
  ['node_modules/zod/', 'zod'],
  ['node_modules/lmdb/', 'LMDB'],
  ['node_modules/', 'Hono and its server'],
  ['node:', 'Node'],
];

export interface ProfilePart {
  readonly name: string;
  /** Of the time in which the server was busy. */
  readonly share: number;
  /** The costliest functions of it, and their own shares. */
  readonly most: readonly { readonly name: string; readonly share: number }[];
}

export interface CpuProfile {
  /** Of the time that the server ran. */
  readonly busyShare: number;
  readonly parts: readonly ProfilePart[];
}

/** A V8 CPU profile, as far as it is read here. */
interface WrittenProfile {
  readonly nodes: readonly WrittenNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
}

interface WrittenNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
}

/** Functions named of each part. */
const FUNCTIONS = 4;

/** A stretch of `process.hrtime`, the clock of the profiler, in microseconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Reads a stretch of the profile of the main thread: the busiest one in the folder. */
export async function readCpuProfile(folder: string, stretch: Stretch): Promise<CpuProfile> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.cpuprofile'));
  const read = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
  const times = read.map(text => timesByFunction(JSON.parse(text) as WrittenProfile, stretch));
  const [main] = times.toSorted((a, b) => busyOf(b) - busyOf(a));
  if (!main) throw new Error(`there is no profile in ${folder}`);
  return summarize(main);
}

/** Microseconds of a function itself, by part and name. */
type Times = ReadonlyMap<string, { readonly part: string; readonly name: string; readonly micros: number }>;

const IDLE = 'idle';

function timesByFunction({ nodes, samples, timeDeltas, startTime }: WrittenProfile, { from, to }: Stretch): Times {
  const frames = new Map(nodes.map(node => [node.id, frameOf(node)]));
  const times = new Map<string, { part: string; name: string; micros: number }>();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    const micros = timeDeltas[index] ?? 0;
    at += micros;
    if (at < from || at > to) continue;
    const { part, name } = frames.get(id) as { part: string; name: string };
    const key = `${part}\n${name}`;
    const found = times.get(key) ?? { part, name, micros: 0 };
    found.micros += micros;
    times.set(key, found);
  }
  return times;
}

function frameOf({ callFrame: { functionName, url } }: WrittenNode): { part: string; name: string } {
  if (functionName === '(idle)') return { part: IDLE, name: functionName };
  if (functionName === '(garbage collector)') return { part: 'garbage collector', name: functionName };
  const file = url.startsWith('file:') ? relative(repository, fileURLToPath(url)) : url;
  const part = parts.find(([prefix]) => file.startsWith(prefix))?.[1] ?? 'native code';
  const shortFile = file.replace(/^node_modules\/((?:@[^/]+\/)?[^/]+)\/.*$/, '$1').replace(/^lib\//, '');
  return { part, name: [functionName || '(anonymous)', shortFile].filter(text => text !== '').join(', ') };
}

const busyOf = (times: Times): number =>
  [...times.values()].reduce((sum, { part, micros }) => sum + (part === IDLE ? 0 : micros), 0);

function summarize(times: Times): CpuProfile {
  const busy = busyOf(times);
  const all = [...times.values()];
  const total = all.reduce((sum, { micros }) => sum + micros, 0);
  const byPart = Map.groupBy(
    all.filter(({ part }) => part !== IDLE),
    ({ part }) => part,
  );
  const found = [...byPart].map(([name, functions]): ProfilePart => {
    const most = functions.toSorted((a, b) => b.micros - a.micros).slice(0, FUNCTIONS);
    const micros = functions.reduce((sum, each) => sum + each.micros, 0);
    return { name, share: micros / busy, most: most.map(each => ({ name: each.name, share: each.micros / busy })) };
  });
  return { busyShare: busy / total, parts: found.toSorted((a, b) => b.share - a.share) };
}
