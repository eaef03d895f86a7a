/**
 * The package as users have it: packed by npm, unpacked into a project that has nothing else but CDK, and the example of its document,
 * run by plain Node and checked by the compiler. npm itself would ask a registry for CDK, so a link stands in for that.
 */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage } from '../../build/build-package.ts';
import { entries } from '../../cdk/constructs/bundle.ts';

const root = join(import.meta.dirname, '../..');
const SLOW_MS = 240_000;

const run = promisify(execFile);

let home: string;
let project: string;
let packed: { readonly filename: string; readonly files: readonly { readonly path: string }[] };

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-package-'));
  project = join(home, 'project');
  const built = join(home, 'built');
  await buildPackage(built);
  const { stdout } = await run('npm', ['pack', built, '--json', '--offline', '--pack-destination', home], {
    cwd: home,
  });
  packed = JSON.parse(stdout)[0];
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, 'millrace'), { recursive: true });
  await run('tar', ['-xzf', join(home, packed.filename), '-C', join(modules, 'millrace'), '--strip-components', '1']);
  for (const peer of ['aws-cdk-lib', 'constructs'])
    await symlink(join(root, 'node_modules', peer), join(modules, peer));
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(project, 'app.ts'), await example());
}, SLOW_MS);

afterAll(() => rm(home, { recursive: true }));

/** The first of the document, which is whole; its end synthesises it. */
async function example(): Promise<string> {
  const document = await readFile(join(root, 'docs/cdk.md'), 'utf8');
  const [, code] = /```ts\n([\s\S]*?)```/.exec(document) ?? [];
  if (code === undefined) throw new Error('docs/cdk.md has no example');
  const app = "new App({ outdir: 'assembly', builtinCloudFormationValidation: false })";
  return `${code.replace('new App()', app)}\napp.synth();\n`;
}

/** In the project, with nothing of this one on the way. */
const node = (...args: readonly string[]) => run(process.execPath, [...args], { cwd: project, env: { HOME: home } });

const template = async () => JSON.parse(await readFile(join(project, 'assembly/Shop.template.json'), 'utf8')).Resources;

describe('the package', () => {
  it('has the constructs, the client, their types and the functions, and no sources', () => {
    const paths = packed.files.map(({ path }) => path);
    const functions = entries.map(entry => `functions/${entry}/index.mjs`);
    const expected = [
      'cdk/index.js',
      'cdk/index.d.ts',
      'lib/client/index.js',
      'lib/client/index.d.ts',
      'LICENSE',
      'README.md',
    ];
    expect(paths).toEqual(expect.arrayContaining([...functions, ...expected]));
    expect(paths.filter(path => /(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  it(
    'synthesises the example of its document with plain Node, bundles and all',
    async () => {
      await node('app.ts');
      const resources = Object.values<{ readonly Type: string }>(await template());
      const count = (type: string) => resources.filter(({ Type }) => Type === type).length;
      expect([count('Custom::MillraceTopic'), count('Custom::MillraceTrigger')]).toEqual([2, 1]);
      const assets = globSync('assembly/asset.*/index.mjs', { cwd: project }).map(file =>
        readFileSync(join(project, file)),
      );
      const built = entries.map(entry =>
        readFileSync(join(project, 'node_modules/millrace/functions', entry, 'index.mjs')),
      );
      // nothing is to be emptied: its data stays
      const expected = built.filter((_, index) => entries[index] !== 'empty-bucket');
      expect(assets.map(bytes => bytes.toString()).sort()).toEqual(expected.map(bytes => bytes.toString()).sort());
    },
    SLOW_MS,
  );

  it(
    'tells the compiler its types, down to the keys of a config',
    async () => {
      const wrong = [
        "new Millrace(stack, 'Wrong', { frontDoor: 'tcp' });",
        "streams.addTopic('wrong', { config: { shape: 'round' } });",
        'new MillraceEventSource(click, { batchSize: 1 });',
        "click.grants.produce('everybody');",
        'streams.provisioner;',
      ];
      const expectEach = wrong.map(line => `// @ts-expect-error\n${line}`).join('\n');
      const client =
        "import { MillraceClient } from 'millrace/client';\nnew MillraceClient({ url: '' }).clusterId().then(id => id.length);";
      await writeFile(join(project, 'types.ts'), `${await example()}\n${expectEach}\n${client}\n`);
      const options = {
        module: 'nodenext',
        target: 'es2022',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: [],
      };
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: options, files: ['types.ts'] }),
      );
      const checked = run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json'], { cwd: project });
      expect(await checked.catch(({ stdout }: { readonly stdout: string }) => stdout)).toMatchObject({ stdout: '' });
    },
    SLOW_MS,
  );

  it(
    'is taken by a CommonJS project too',
    async () => {
      await writeFile(join(project, 'required.cjs'), "console.log(typeof require('millrace/cdk').Millrace);");
      expect((await node('required.cjs')).stdout).toBe('function\n');
    },
    SLOW_MS,
  );

  it('gives the client to plain Node', async () => {
    const { stdout } = await node(
      '-p',
      "import('millrace/client').then(({ MillraceClient }) => console.log(new MillraceClient({ url: 'x' }).timing !== undefined)), ''",
    );
    expect(stdout).toContain('true');
  });
});
