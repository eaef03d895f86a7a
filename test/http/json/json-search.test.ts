/** What a text costs to step over, counted: the engine's searches, each of which goes on to what it finds. */
import { afterEach, expect, it, vi } from 'vitest';
import { checkJson, JsonSyntaxError } from '../../../lib/http/json/json-scanner.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Characters that were searched through, and searches. */
function searched(act: () => void) {
  let [characters, searches] = [0, 0];
  const { indexOf } = String.prototype;
  vi.spyOn(String.prototype, 'indexOf').mockImplementation(function (this: string, what, from = 0) {
    const found = indexOf.call(this, what, from);
    searches++;
    characters += (found < 0 ? this.length : found) - from;
    return found;
  });
  act();
  return { characters, searches };
}

const long = 'x'.repeat(100_000);

it.each([
  ['one escape behind a long text', `"${long}\\n"`],
  ['escapes all over a long text', `"${`${'x'.repeat(80)}\\n`.repeat(1_000)}"`],
  ['quotes that are escaped', `"${'x'.repeat(40)}${'\\"y'.repeat(10_000)}"`],
  ['nothing but escapes', `"${'\\n'.repeat(50_000)}"`],
  ['many texts', `[${Array.from({ length: 1_000 }, () => `"${'x'.repeat(100)}\\t"`)}]`],
])('searches a text through twice at most, once for each mark: %s', (_what, text) => {
  const { characters, searches } = searched(() => checkJson(text, { isPrintable: true }));
  expect(searches).toBeGreaterThan(0);
  expect(characters).toBeLessThanOrEqual(2 * text.length);
});

it('searches a text that has no end once', () => {
  const refused = () => expect(() => checkJson(`"${long}`, { isPrintable: true })).toThrow(JsonSyntaxError);
  expect(searched(refused).characters).toBeLessThanOrEqual(2 * long.length);
});
