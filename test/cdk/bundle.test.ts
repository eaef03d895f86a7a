import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { buildInto, entries } from '../../cdk/constructs/bundle.ts';
import { variables } from '../../functions/environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

// what the grants set, and Lambda itself
for (const name of [...Object.values(variables), 'AWS_REGION']) vi.stubEnv(name, 'some');

const MAX_BUNDLE_BYTES = 1280 * 1024;

describe('the bundle of a function', () => {
  it.each(entries)('%s is one small module that stands alone', async name => {
    const output = join(folder, name);
    buildInto(output, name);
    expect(readdirSync(output)).toEqual(['index.mjs', 'index.mjs.map']);
    expect(statSync(join(output, 'index.mjs')).size).toBeLessThan(MAX_BUNDLE_BYTES);
    const { handler } = await import(pathToFileURL(join(output, 'index.mjs')).href);
    expect(handler).toBeTypeOf('function');
  });
});
