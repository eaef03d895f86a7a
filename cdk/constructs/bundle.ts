/** One entry point with all that it imports, the AWS SDK too, as one small ES module, and what it imports late beside it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Metafile } from 'esbuild';

const functionsFolder = fileURLToPath(new URL('../../functions', import.meta.url));

/** All entry points in `functions/`. */
export const entries = [
  'produce',
  'fetch',
  'groups',
  'topics',
  'maintenance',
  'wake',
  'triggers',
  'provision',
  'empty-bucket',
] as const;

export type Entry = (typeof entries)[number];

/** Of those that serve HTTP, the ones that serve no group, and so compile no pattern. */
const withoutPatterns: readonly Entry[] = ['produce', 'fetch', 'topics'];

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const requireForCommonJs =
  "import { createRequire as millraceRequire } from 'node:module'; const require = millraceRequire(import.meta.url);";

/** The code of `functions/<entry>.ts`; its handler is `index.handler`. */
export function bundle(entry: Entry): Code {
  const built = `${functionsFolder}/${entry}`;
  // in the package that users install they are built, and there is nothing to build them with
  return existsSync(`${built}/index.mjs`) ? Code.fromAsset(built) : bundledAtSynthesis(entry);
}

function bundledAtSynthesis(entry: Entry): Code {
  return Code.fromAsset(functionsFolder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Neither is used, for the local bundling never declines; but by its command CDK tells one bundle from another.
      image: DockerImage.fromRegistry('none'),
      command: [entry],
      local: {
        tryBundle(outputFolder) {
          buildInto(outputFolder, entry);
          return true;
        },
      },
    },
  });
}

/** Builds an entry point; what went into it, module by module. */
export function buildInto(outputFolder: string, entry: Entry): Metafile {
  const { buildSync }: typeof import('esbuild') = createRequire(import.meta.url)('esbuild');
  const { metafile } = buildSync({
    entryPoints: [{ in: `${functionsFolder}/${entry}.ts`, out: 'index' }],
    outdir: outputFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // what is imported late, as the SDK's ways to find credentials that Lambda does not use, is a file of its own, and read late
    splitting: true,
    ...(withoutPatterns.includes(entry) && { alias: { re2js: `${functionsFolder}/no-patterns.ts` } }),
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: requireForCommonJs },
    logLevel: 'warning',
    metafile: true,
  });
  return metafile;
}
