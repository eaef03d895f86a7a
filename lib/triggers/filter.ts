/**
 * The filters of a trigger: patterns as EventBridge has them, of a record's topic, partition, offset, timestamp, key, value and headers.
 * A record is let through where one of them matches, or where there are none.
 *
 * A pattern is a JSON object whose every field has to match. A leaf is a list of what the field may be: a string, number, boolean or
 * null as it is, or an object with one operator. `key` and `value` as an object match the JSON that the bytes are, as a list their
 * text; bytes that are no JSON match no object. A field that holds a list matches where one of its items does. Source: "Comparison
 * operators for use in event patterns" in the user guide of Amazon EventBridge, "Filter syntax" in the developer guide of AWS Lambda.
 *
 * Matching takes time linear in the record, whatever the pattern: there are no regular expressions, and wildcards go through a text
 * from star to star.
 */
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { isJsonObject, type Json, leafMatcher, type Test } from './filter-operators.ts';
import type { Matches } from './gather.ts';

type FilteredRecord = Parameters<Matches>[0];
type Field = Exclude<keyof FilteredRecord, 'timestampType'>;

const fields = [
  'topic',
  'partition',
  'offset',
  'timestamp',
  'key',
  'value',
  'headers',
] as const satisfies readonly Field[];

/** Where in the patterns something stands, for errors. */
type Place = string;

/**
 * What tells whether a record is let through.
 *
 * @throws MillraceError INVALID_REQUEST that names the pattern, the place in it, and what is wrong there
 * @example compileFilters(['{"value":{"page":[{"prefix":"/shop"}]},"headers":{"type":["view"]}}'])
 */
export function compileFilters(patterns: readonly string[]): Matches {
  const compiled = patterns.map((text, index) => compilePattern(text, `filters[${index}]`));
  return record => compiled.length === 0 || compiled.some(matches => matches(record));
}

function compilePattern(text: string, place: Place): Matches {
  if (text.length > limits.filterLength)
    throw invalid(place, `has ${text.length} characters, the limit is ${limits.filterLength}`);
  const pattern = parsed(text);
  if (!isJsonObject(pattern)) throw invalid(place, 'is no JSON object');
  const tests = Object.entries(pattern).map(([name, value]) => {
    const field = fields.find(known => known === name);
    if (field === undefined) throw invalid(place, `has the field '${name}', expected ${fields.join(', ')}`);
    return compileField(field, value, `${place}.${field}`);
  });
  if (tests.length === 0) throw invalid(place, 'has no fields');
  return record => tests.every(test => test(record));
}

function compileField(field: Field, pattern: Json, place: Place): Matches {
  switch (field) {
    case 'headers': {
      if (!isJsonObject(pattern)) throw invalid(place, 'is no object with names of headers');
      const test = compileTree(pattern, place, 0);
      return ({ headers }) => test(headersOf(headers));
    }
    case 'key':
    case 'value': {
      const test = compileTree(pattern, place, 0);
      return isJsonObject(pattern)
        ? ({ [field]: bytes }) => {
            const json = bytes === null ? undefined : jsonOf(bytes);
            return json !== undefined && test(json);
          }
        : ({ [field]: bytes }) => test(bytes === null ? null : textOf(bytes));
    }
    default: {
      if (!Array.isArray(pattern)) throw invalid(place, 'is no list of what it may be');
      const test = compileTree(pattern, place, 0);
      return ({ [field]: value }) => test(value);
    }
  }
}

/** A pattern of an object, or of a leaf. What is tested is `undefined` where there is no such field. */
function compileTree(pattern: Json, place: Place, depth: number): Test {
  if (depth > limits.filterDepth) throw invalid(place, `is deeper than ${limits.filterDepth}`);
  if (Array.isArray(pattern)) return leafOf(pattern, place);
  if (!isJsonObject(pattern)) throw invalid(place, 'is neither an object nor a list of what may stand there');
  const tests = Object.entries(pattern).map(([name, inner]) => {
    if (name === '$or') return compileOr(inner, `${place}.$or`, depth);
    const test = compileTree(inner, `${place}.${name}`, depth + 1);
    return (value: Json | undefined) => test(memberOf(value, name));
  });
  if (tests.length === 0) throw invalid(place, 'is an empty object');
  const test: Test = value => tests.every(each => each(value));
  // an object in a list matches for itself
  return value => (Array.isArray(value) ? value.some(each => test(each)) : test(value));
}

function compileOr(alternatives: Json, place: Place, depth: number): Test {
  if (!Array.isArray(alternatives) || alternatives.length === 0) throw invalid(place, 'is no list of patterns');
  const tests = alternatives.map((each, index) => compileTree(each, `${place}[${index}]`, depth + 1));
  return value => tests.some(test => test(value));
}

function leafOf(pattern: readonly Json[], place: Place): Test {
  if (pattern.length === 0) throw invalid(place, 'is an empty list, which nothing matches');
  const tests = pattern.map((each, index) => leafMatcher(each, reason => invalid(`${place}[${index}]`, reason)));
  return value => tests.some(test => test(value));
}

/** Own members only: a record's JSON may name anything. */
function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Each name with the texts of all its headers. */
function headersOf(headers: FilteredRecord['headers']): Json {
  const byName = new Map<string, Json[]>();
  for (const { key, value } of headers) {
    const texts = byName.get(key) ?? [];
    texts.push(value === null ? null : textOf(value));
    byName.set(key, texts);
  }
  return Object.fromEntries(byName);
}

const utf8 = new TextDecoder();

const textOf = (bytes: Uint8Array): string => utf8.decode(bytes);

function jsonOf(bytes: Uint8Array): Json | undefined {
  return parsed(textOf(bytes));
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const invalid = (place: Place, reason: string) =>
  new MillraceError('INVALID_REQUEST', `${place.slice(0, 200)} ${reason}`);
