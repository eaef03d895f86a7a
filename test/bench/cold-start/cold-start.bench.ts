/**
 * Cold start: what each function's bundle is made of, and how long a new process takes to import it, beside a handler that does
 * nothing. On Lambda that comes on top of the time in which the environment itself is made, which nobody's code changes.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { buildInto, type Entry, entries } from '../../../cdk/constructs/bundle.ts';
import { variables } from '../../../functions/environment.ts';
import type { Bench } from '../bench.ts';
import { quantile } from '../load.ts';
import { coldStartHeader, coldStartLine } from '../report/cold-start-lines.ts';

const run = promisify(execFile);

/** Imports of each, in turn. */
const ROUNDS = 9;

const importProcess = join(import.meta.dirname, 'import-process.ts');

/** What a grant would set; nothing is called. */
const environment: Readonly<Record<string, string>> = {
  AWS_REGION: 'eu-west-1',
  ...Object.fromEntries(Object.values(variables).map(name => [name, 'none'])),
};

export interface ModuleSize {
  /** A package, or a folder of Millrace's own. */
  readonly name: string;
  readonly bytes: number;
}

export interface ColdStart {
  readonly entry: Entry | 'nothing';
  /** What is read at the start, minified, as it is deployed; and what is read once it is needed, if ever. */
  readonly bytes: number;
  readonly lateBytes: number;
  /** From the largest on. */
  readonly modules: readonly ModuleSize[];
  /** The middle of all rounds. */
  readonly importMs: number;
  /** What the same takes for a handler that does nothing. */
  readonly emptyImportMs: number;
}

type Built = Omit<ColdStart, 'importMs' | 'emptyImportMs'> & { readonly file: string };

export async function benchColdStart({ folder, print }: Bench): Promise<readonly ColdStart[]> {
  const built = [await buildNothing(folder), ...entries.map(entry => build(folder, entry))];
  const times = new Map<Built, number[]>(built.map(each => [each, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const each of built) times.get(each)?.push(await importMsOf(each.file));
  }
  const middleOf = (each: Built) =>
    quantile(
      (times.get(each) ?? []).toSorted((a, b) => a - b),
      0.5,
    );
  const emptyImportMs = middleOf(built[0] as Built);
  const rows = built.map(({ file, ...each }, index) => {
    return { ...each, importMs: middleOf(built[index] as Built), emptyImportMs };
  });
  print(coldStartHeader());
  for (const row of rows) print(coldStartLine(row));
  return rows;
}

async function buildNothing(folder: string): Promise<Built> {
  const file = join(folder, 'nothing', 'index.mjs');
  const source = 'export const handler = async () => ({});\n';
  await mkdir(join(folder, 'nothing'), { recursive: true });
  await writeFile(file, source);
  return { entry: 'nothing', file, bytes: source.length, lateBytes: 0, modules: [] };
}

function build(folder: string, entry: Entry): Built {
  const outputFolder = join(folder, 'bundles', entry);
  const { outputs } = buildInto(outputFolder, entry);
  const main = Object.keys(outputs).find(name => name.endsWith('/index.mjs'));
  if (main === undefined) throw new Error(`${entry} was not built`);
  const atStart = readWith(outputs, main);
  const sizes = new Map<string, number>();
  let [bytes, lateBytes] = [0, 0];
  for (const [name, output] of Object.entries(outputs)) {
    if (!name.endsWith('.mjs')) continue;
    if (!atStart.has(name)) lateBytes += output.bytes;
    else {
      bytes += output.bytes;
      addSizes(sizes, output);
    }
  }
  const modules = [...sizes].map(([name, size]) => ({ name, bytes: size })).sort((a, b) => b.bytes - a.bytes);
  return { entry, file: join(outputFolder, 'index.mjs'), bytes, lateBytes, modules };
}

type Outputs = Metafile['outputs'];

/** The file and all that it imports at once. */
function readWith(outputs: Outputs, file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path, kind } of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && path in outputs) readWith(outputs, path, found);
  }
  return found;
}

function addSizes(sizes: Map<string, number>, { inputs }: Outputs[string]): void {
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = moduleOf(path);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
}

/** The package that a file is of, or the folder of Millrace. */
function moduleOf(path: string): string {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return inPackage ?? /(?:^|\/)(lib\/[^/]+|functions)\//.exec(path)?.[1] ?? path;
}

async function importMsOf(file: string): Promise<number> {
  const { stdout } = await run(process.execPath, [importProcess, file], { env: { ...process.env, ...environment } });
  return Number(stdout);
}
