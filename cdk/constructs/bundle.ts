/** One entry point with all that it imports, the AWS SDK too, as one small ES module. */
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const functionsFolder = fileURLToPath(new URL('../../functions', import.meta.url));

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const requireForCommonJs =
  "import { createRequire as millraceRequire } from 'node:module'; const require = millraceRequire(import.meta.url);";

/** The code of `functions/<name>.ts`; its handler is `index.handler`. */
export function bundle(name: string): Code {
  return Code.fromAsset(functionsFolder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Neither is used, for the local bundling never declines; but by its command CDK tells one bundle from another.
      image: DockerImage.fromRegistry('none'),
      command: [name],
      local: {
        tryBundle(outputFolder) {
          buildInto(outputFolder, name);
          return true;
        },
      },
    },
  });
}

export function buildInto(outputFolder: string, name: string): void {
  buildSync({
    entryPoints: [`${functionsFolder}/${name}.ts`],
    outfile: `${outputFolder}/index.mjs`,
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: requireForCommonJs },
    logLevel: 'warning',
  });
}
