/**
 * What the OpenAPI document bounds of every request, and which texts and lists it does not, as a list: a bound that is taken away, or a
 * field that has none, changes it. What is bounded is tried by `test/conformance/bounds.cases.ts`.
 *
 * A field without a bound is held by the body's 4 MiB, and by what reads it: names of topics and of triggers, keys, values, headers
 * (`test/conformance/limits.cases.ts`). After a change that is meant, `npx vitest run -u test/http/stated-bounds.test.ts` writes the list.
 */
import { expect, it } from 'vitest';
import { nameOf, operations, unboundedIn } from '../conformance/limits/bounds.ts';

it('bounds what it is known to bound', async () => {
  const lines = operations().flatMap(operation => {
    const { method, path, bounds } = operation;
    const fields = [...new Set([...bounds.map(nameOf), ...unboundedIn(operation)])];
    return fields.length > 0 ? [`${method} ${path}`, ...fields.map(field => `    ${field}`)] : [];
  });
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('stated-bounds.txt');
});
