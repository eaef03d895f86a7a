/**
 * The package in a folder of its own, with a `package.json` of its own: what the functions and the local server are made of is no
 * dependency of who installs it.
 */
import { execFile } from 'node:child_process';
import { cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildInto, entries } from '../cdk/constructs/bundle.ts';

const root = join(import.meta.dirname, '..');

/** What CDK itself runs on, and the first of it where a CommonJS project can require an ES module. */
const leastNode = '>=20.19';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await compile(folder);
  for (const entry of entries) buildInto(join(folder, 'functions', entry), entry);
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(packageOf(manifest), null, 2)}\n`);
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  await cp(join(root, 'docs/cdk.md'), join(folder, 'README.md'));
}

async function compile(folder: string): Promise<void> {
  const tsc = join(root, 'node_modules/.bin/tsc');
  await promisify(execFile)(tsc, ['-p', join(root, 'tsconfig.build.json'), '--outDir', folder]);
  // in its declarations the compiler leaves the names as they are in the sources
  for await (const file of glob('**/*.d.ts', { cwd: folder })) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(/(from |import\()'(\.[^']+)\.ts'/g, "$1'$2.js'"));
  }
}

function packageOf({ name, version, description, license, exports, devDependencies }: Manifest) {
  const built = Object.entries(exports).map(([path, source]) => {
    const file = source.replace(/\.ts$/, '');
    return [path, { types: `${file}.d.ts`, default: `${file}.js` }] as const;
  });
  const peers = ['aws-cdk-lib', 'constructs'] as const;
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: leastNode },
    exports: { ...Object.fromEntries(built), './package.json': './package.json' },
    peerDependencies: Object.fromEntries(peers.map(peer => [peer, `^${devDependencies[peer]}`])),
    // who only has the client needs neither
    peerDependenciesMeta: Object.fromEntries(peers.map(peer => [peer, { optional: true }])),
  };
}
