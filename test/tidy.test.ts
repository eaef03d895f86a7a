/**
 * Who imports whom, as data, and other rules of the tree that no compiler holds.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** A folder sees itself, and the folders and packages named here; nothing else. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'lib/protocol': [],
  'lib/record': ['lib/protocol', 'node:zlib'],
  'lib/ports': ['lib/protocol'],
  'lib/log': ['lib/protocol', 'lib/record', 'lib/ports', 'node:crypto'],
  'lib/produce': ['lib/protocol', 'lib/record', 'lib/ports', 'lib/log'],
  'lib/fetch': ['lib/protocol', 'lib/record', 'lib/ports', 'lib/log'],
  'lib/topics': ['lib/protocol', 'lib/record', 'lib/ports', 'lib/log'],
  'lib/groups': ['lib/protocol', 'lib/record', 'lib/ports', 'lib/log', 're2js'],
  // a trigger is a group that Millrace itself reads for, and produces what it gives up
  'lib/triggers': ['lib/protocol', 'lib/record', 'lib/ports', 'lib/log', 'lib/groups', 'lib/produce', 'node:net'],
  'lib/maintenance': ['lib/protocol', 'lib/record', 'lib/ports', 'lib/log'],
  'lib/http': [
    'lib/protocol',
    'lib/record',
    'lib/ports',
    'lib/log',
    'lib/produce',
    'lib/fetch',
    'lib/topics',
    'lib/groups',
    'lib/triggers',
    'hono',
    'zod',
    'aws-lambda',
    'node:zlib',
    'node:util',
  ],
  'lib/adapters': ['lib/protocol', 'lib/ports', 'node:timers'],
  'lib/adapters/memory': ['lib/adapters', 'lib/protocol', 'lib/ports', 'node:timers'],
  'lib/adapters/system': ['lib/adapters', 'lib/protocol', 'lib/ports', 'node:timers', 'node:crypto'],
  'lib/adapters/embedded': [
    'lib/adapters',
    'lib/protocol',
    'lib/ports',
    'lmdb',
    'node:fs',
    'node:path',
    'node:crypto',
    'node:sqlite',
    'node:timers',
  ],
  'lib/adapters/aws': ['lib/adapters', 'lib/protocol', 'lib/ports', '@aws-sdk', '@smithy', 'node:http', 'node:https'],
  'lib/adapters/local': [
    'lib/adapters',
    'lib/protocol',
    'lib/ports',
    'node:crypto',
    'node:fs',
    'node:http',
    'node:https',
    'node:module',
    'node:path',
    'node:url',
    'node:worker_threads',
  ],
  'lib/client': ['lib/protocol', 'lib/record', 'node:timers'],
  'lib/embedded': ['lib', 'hono', '@hono/node-server', 'node:net', 'node:http', 'node:path', 'node:url'],
  'lib/cli': ['lib/embedded', 'lib/protocol', 'commander'],
  functions: ['lib', 'aws-lambda', '@aws-sdk', 'node:crypto'],
  cdk: [
    'lib/protocol',
    'functions/environment.ts',
    'aws-cdk-lib',
    'constructs',
    'cdk-nag',
    'esbuild',
    'node:fs',
    'node:module',
    'node:path',
    'node:url',
  ],
};

/** The one file of the runtime that reads the environment. */
const readsEnvironment = 'functions/environment.ts';

const sources = globSync(['lib/**/*.ts', 'functions/**/*.ts', 'cdk/**/*.ts'], { cwd: root }).filter(
  file => !file.includes('cdk.out'),
);

const importsOf = (file: string): string[] =>
  [...read(file).matchAll(/^(?:import\s+|(?:import|export)\b[^;'"]*?\bfrom\s+)['"]([^'"]+)['"]/gm)].map(
    match => match[1] ?? '',
  );

const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** What an import names: a file of the project, or a package. */
const targetOf = (file: string, specifier: string) =>
  specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier;

/** The most specific folder of the table that holds the file. */
const folderOf = (file: string) =>
  Object.keys(mayImport)
    .filter(folder => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];

const isIn = (target: string, folder: string) => target === folder || target.startsWith(`${folder}/`);

describe('the tree', () => {
  it('has every source in a folder of the table', () => {
    expect(sources.filter(file => folderOf(file) === undefined)).toEqual([]);
  });

  it('imports only what the table allows', () => {
    const refused = sources.flatMap(file => {
      const folder = folderOf(file) ?? '';
      const allowed = [folder, ...(mayImport[folder] ?? [])];
      return importsOf(file)
        .map(specifier => targetOf(file, specifier))
        .filter(target => !allowed.some(name => isIn(target, name)) || isOtherAdapter(folder, target))
        .map(target => `${file} imports ${target}`);
    });
    expect(refused).toEqual([]);
  });

  it('has no import cycles', () => {
    const edges = new Map(
      sources.map(file => [
        file,
        importsOf(file)
          .map(name => targetOf(file, name))
          .filter(name => name.endsWith('.ts')),
      ]),
    );
    expect(findCycle(edges)).toEqual([]);
  });

  it('reads the environment, the clock and chance only where they are handed out', () => {
    const ours = sources.filter(file => file.startsWith('lib/') || file.startsWith('functions/'));
    const offenders = (pattern: RegExp, allowed: (file: string) => boolean) =>
      ours.filter(file => !allowed(file) && pattern.test(withoutComments(read(file))));
    expect(offenders(/process\.env/, file => file === readsEnvironment)).toEqual([]);
    const isEdge = (file: string) =>
      /^(lib\/(adapters|embedded|cli)\/|functions\/|lib\/client\/timing\.ts$)/.test(file);
    expect(offenders(/Date\.now|new Date\(\)|performance\.now|Math\.random|randomUUID|setTimeout/, isEdge)).toEqual([]);
  });

  it('has no default exports and no any', () => {
    const offenders = sources.filter(file =>
      /export default|\bas any\b|: any\b|<any>/.test(withoutComments(read(file))),
    );
    expect(offenders).toEqual([]);
  });
});

describe('the documents', () => {
  const documents = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root });

  it.each(documents)('%s links only to what exists', document => {
    const links = [...read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(match => match[1] ?? '');
    const broken = links.filter(link => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(document), link)));
    expect(broken).toEqual([]);
  });
});

/** Adapters know nothing of each other, but for what they share in `lib/adapters` itself. */
function isOtherAdapter(folder: string, target: string): boolean {
  const other = /^lib\/adapters\/([^/]+)\//.exec(target);
  return folder.startsWith('lib/adapters') && other !== null && folder !== `lib/adapters/${other[1]}`;
}

const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

/** A cycle as a path that ends where it began, or nothing. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of edges.keys()) {
    const cycle = visit(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
