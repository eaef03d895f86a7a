import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { buildInto, entries } from '../../cdk/constructs/bundle.ts';
import { variables } from '../../functions/environment.ts';
import { routes } from '../../lib/http/routes.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

// what the grants set, and Lambda itself
for (const name of [...Object.values(variables), 'AWS_REGION']) vi.stubEnv(name, 'some');

const MAX_BUNDLE_BYTES = 1280 * 1024;

describe('the bundle of a function', () => {
  it.each(entries)('%s is a small module that stands alone, and what it imports late beside it', async name => {
    const output = join(folder, name);
    buildInto(output, name);
    const modules = readdirSync(output).filter(file => file.endsWith('.mjs'));
    expect(modules).toContain('index.mjs');
    const sizes = modules.map(file => statSync(join(output, file)).size);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(MAX_BUNDLE_BYTES);
    const { handler } = await import(pathToFileURL(join(output, 'index.mjs')).href);
    expect(handler).toBeTypeOf('function');
  });

  it.each(routes.filter(({ path }) => /subscription|members/.test(path)))(
    'has the engine of patterns where $method $path is served',
    ({ servedBy }) => expect(servedBy).toBe('groups'),
  );
});
