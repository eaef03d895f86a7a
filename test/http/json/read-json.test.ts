import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../lib/http/json/canonical-text.ts';
import { JsonSyntaxError } from '../../../lib/http/json/json-scanner.ts';
import { isPrintable } from '../../../lib/http/json/printable.ts';
import { JsonReader, JsonText, readJson } from '../../../lib/http/json/read-json.ts';
import { limits } from '../../../lib/protocol/limits.ts';

const kept = { depth: 1, names: new Set(['value']) };

/** What is kept of `{"value": …}`. */
const keptText = (json: string): string | undefined => {
  const { value } = readJson(`{"value":${json}}`, kept) as { value: JsonText | null };
  return value?.text;
};

/** What is read, with what is kept as text and bytes, or the error's message. */
const textsOf = (read: () => unknown): unknown => {
  try {
    return JSON.parse(
      JSON.stringify(read(), (_, value: unknown) =>
        value instanceof JsonText ? [value.text, Buffer.from(value.bytes).toString('hex')] : value,
      ),
    );
  } catch (error) {
    return String(error);
  }
};

/** Text that is JSON, nearly JSON, or neither. */
const jsonLike = fc.oneof(
  fc.json(),
  fc.json().chain(text => fc.nat(text.length).map(at => text.slice(0, at) + text.slice(at + 1))),
  fc.json().chain(text => fc.nat(text.length).map(at => `${text.slice(0, at)} ${text.slice(at)}`)),
  fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0019eE+-. \n\ttrufalsn') }),
);

const parsed = (text: string, parse: (text: string) => unknown) => {
  try {
    return { value: parse(text) };
  } catch (error) {
    return error instanceof SyntaxError || error instanceof JsonSyntaxError ? 'malformed' : error;
  }
};

/** As JSON.parse, but what is an integer and not written as one is NaN. */
const parseExactly = (text: string): unknown =>
  JSON.parse(text, (_name, value: unknown, { source = '' }: { source?: string } = {}) =>
    Number.isInteger(value) && !/^(0|-?[1-9][0-9]*)$/.test(source) ? Number.NaN : value,
  );

describe('readJson', () => {
  it('takes and refuses the same text as JSON.parse, and makes the same of it, but for integers that are not written so', () => {
    fc.assert(
      fc.property(jsonLike, text => {
        expect(parsed(text, readJson)).toEqual(parsed(text, parseExactly));
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes and refuses the same text where it is kept', () => {
    fc.assert(
      fc.property(jsonLike, text => {
        const mine = parsed(text, json => JSON.parse(keptText(json) ?? 'null'));
        expect(mine).toEqual(parsed(text, JSON.parse));
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes and refuses the same, in the same words, where more is known of the text', () => {
    const longer = jsonLike.chain(text => fc.constantFrom(text, `["${'x'.repeat(40)}",${text}]`, `{"value":${text}}`));
    fc.assert(
      fc.property(longer, text => {
        const bytes = Buffer.from(text);
        const source = {
          text,
          isPrintable: isPrintable(bytes),
          ascii: bytes.byteLength === text.length ? bytes : undefined,
        };
        expect(textsOf(() => readJson(source, kept))).toEqual(textsOf(() => readJson(text, kept)));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(['1.0', '3e0', '-0', '0e5', '0.99999999999999999999', '2.0000000000000000001', '1e21'])(
    'makes no integer of %s, which no schema takes for one then',
    text => expect(readJson(text)).toBeNaN(),
  );

  it.each([
    ['12345678901234567890'],
    ['1e400'],
    ['0.1000000000000000055'],
    ['-0'],
    ['1.0'],
    ['1E+2'],
    ['{"b":1,"1":2,"b":3}'],
    ['{"__proto__":1,"constructor":2}'],
    ['"\u2028é😀"'],
  ])('keeps %s as it is', json => {
    expect(keptText(json)).toBe(json);
  });

  it.each([
    ['{ "a" : [ 1 ,\n\t2 ] }', '{"a":[1,2]}'],
    ['"\\u0061\\/\\u00e9"', '"a/é"'],
    ['"\\ud83d\\ude00"', '"😀"'],
    ['"\\ud800"', '"\\ud800"'],
    ['"a \\" b"', '"a \\" b"'],
    ['" "', '" "'],
  ])('writes %s as %s', (json, canonical) => {
    expect(keptText(json)).toBe(canonical);
    expect(canonicalText(canonical)).toBe(canonical);
  });

  it('keeps null as the absence of a value', () => {
    expect(keptText('null')).toBeUndefined();
  });

  it('keeps members of the named depth alone', () => {
    const read = readJson('{"value":{"value":1},"other":{"value":2}}', kept);
    expect(read).toEqual({ value: new JsonText('{"value":1}'), other: { value: 2 } });
  });

  it('reads __proto__ as a member like any other', () => {
    const read = readJson('{"__proto__":{"polluted":true}}') as object;
    expect(Object.keys(read)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it.each([limits.jsonDepth - 1, limits.jsonDepth])('reads JSON nested %i deep, kept or not', depth => {
    const json = '['.repeat(depth - 1) + ']'.repeat(depth - 1);
    expect(readJson(`[${json}]`)).toBeDefined();
    expect(keptText(json)).toBe(json);
  });

  it('refuses JSON nested deeper than the limit, kept or not, and names it', () => {
    const json = '['.repeat(limits.jsonDepth);
    expect(() => readJson(`[${json}`)).toThrow(`JSON is nested more than ${limits.jsonDepth} deep`);
    expect(() => keptText(json)).toThrow(`JSON is nested more than ${limits.jsonDepth} deep`);
  });

  it('refuses four megabytes of brackets at once', () => {
    expect(() => readJson('['.repeat(4 * 1024 * 1024))).toThrow(JsonSyntaxError);
  });

  it('refuses a list that is longer than any may be before it is built', () => {
    const items = (count: number) => `[${Array.from({ length: count }, () => 0).join(',')}]`;
    expect(readJson(items(limits.recordsPerRequest + 1))).toHaveLength(limits.recordsPerRequest + 1);
    expect(() => readJson(items(limits.recordsPerRequest + 2))).toThrow(`more than ${limits.recordsPerRequest} items`);
  });

  it.each([
    ['', 'unexpected end at position 0'],
    ['{"a":1,}', 'unexpected "}" at position 7'],
    ['[1,]', 'unexpected "]" at position 3'],
    ['01', 'unexpected "1" at position 1'],
    ['"a\nb"', 'unexpected "\\n" at position 2'],
    ['{"a" 1}', 'unexpected "1" at position 5'],
  ])('says where %j is malformed', (text, message) => {
    expect(() => readJson(text)).toThrow(`malformed JSON: ${message}`);
  });
});

describe('JsonReader', () => {
  it('reads values that follow one another, spaced or not', () => {
    const reader = new JsonReader('{"a":1}{"b":2}\n 3 [4]');
    const values: unknown[] = [];
    while (reader.hasNext()) values.push(reader.next());
    expect(values).toEqual([{ a: 1 }, { b: 2 }, 3, [4]]);
  });
});
