/** What may stand in the list of a filter's leaf: a value as it is, or an object with one operator. */
import { parseCidr } from './cidr.ts';
import { compileWildcard } from './wildcard.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Of the value of a field, `undefined` where there is none. */
export type Test = (value: Json | undefined) => boolean;

export const isJsonObject = (value: unknown): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Makes the error for what is wrong with an operator. */
type Refuse = (reason: string) => Error;

/** @param refuse what to throw where the leaf has no meaning */
export function leafMatcher(leaf: Json, refuse: Refuse): Test {
  if (!isJsonObject(leaf)) {
    if (Array.isArray(leaf)) throw refuse('is a list in a list');
    return ofEach(value => value === leaf);
  }
  const [[name, operand] = [], ...others] = Object.entries(leaf);
  if (name === undefined || operand === undefined || others.length > 0) throw refuse('is no object with one operator');
  if (name === 'exists') return exists(operand, refuse);
  if (name === 'anything-but') return anythingBut(operand, refuse);
  const operator = operators[name];
  if (!operator)
    throw refuse(`has the operator '${name}', expected exists, anything-but, ${Object.keys(operators).join(', ')}`);
  return ofEach(operator(operand, refuse));
}

/** A list matches where one of its items does; an empty list has none. */
const ofEach =
  (test: (value: Json) => boolean): Test =>
  value =>
    value !== undefined && (Array.isArray(value) ? value.some(each => test(each)) : test(value));

/** Works on leaves alone, as EventBridge's does: an object is not taken to exist, a list that has items is. */
function exists(operand: Json, refuse: Refuse): Test {
  if (typeof operand !== 'boolean') throw refuse('exists is neither true nor false');
  const isThere: Test = value =>
    value !== undefined && !isJsonObject(value) && !(Array.isArray(value) && value.length === 0);
  return value => isThere(value) === operand;
}

type Operator = (operand: Json, refuse: Refuse) => (value: Json) => boolean;

const operators: Readonly<Record<string, Operator>> = Object.assign(Object.create(null) as Record<string, Operator>, {
  prefix: affix('prefix', (value, text) => value.startsWith(text)),
  suffix: affix('suffix', (value, text) => value.endsWith(text)),
  'equals-ignore-case': ofText('equals-ignore-case', (value, text) => value.toLowerCase() === text.toLowerCase()),
  wildcard,
  numeric,
  cidr,
} satisfies Record<string, Operator>);

function ofText(name: string, test: (value: string, text: string) => boolean): Operator {
  return (operand, refuse) => {
    if (typeof operand !== 'string') throw refuse(`${name} is no text`);
    return value => typeof value === 'string' && test(value, operand);
  };
}

/** A prefix or suffix, as it is or whatever its case. */
function affix(name: string, test: (value: string, text: string) => boolean): Operator {
  return (operand, refuse) => {
    const folded = isJsonObject(operand) ? operand['equals-ignore-case'] : undefined;
    if (folded === undefined || !isJsonObject(operand)) return ofText(name, test)(operand, refuse);
    if (Object.keys(operand).length > 1) throw refuse(`${name} has more than equals-ignore-case`);
    const ignoringCase = (value: string, text: string) => test(value.toLowerCase(), text.toLowerCase());
    return ofText(name, ignoringCase)(folded, refuse);
  };
}

function wildcard(operand: Json, refuse: Refuse): (value: Json) => boolean {
  if (typeof operand !== 'string') throw refuse('wildcard is no text');
  const matches = compileWildcard(operand, reason => refuse(`wildcard ${reason}`));
  return value => typeof value === 'string' && matches(value);
}

function cidr(operand: Json, refuse: Refuse): (value: Json) => boolean {
  const contains = typeof operand === 'string' ? parseCidr(operand) : undefined;
  if (!contains) throw refuse('cidr is no block of addresses, as 10.0.0.0/24');
  return value => typeof value === 'string' && contains(value);
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numeric(operand: Json, refuse: Refuse): (value: Json) => boolean {
  const parts = Array.isArray(operand) ? (operand as readonly Json[]) : [];
  if (parts.length === 0 || parts.length % 2 === 1) throw refuse('numeric is no list of comparisons and numbers');
  const tests = Array.from({ length: parts.length / 2 }, (_, index) => {
    const [name, bound] = [parts[2 * index], parts[2 * index + 1]];
    const compare = typeof name === 'string' && Object.hasOwn(comparisons, name) ? comparisons[name] : undefined;
    if (!compare || typeof bound !== 'number')
      throw refuse('numeric has something else than =, <, <=, >, >= and numbers');
    return (value: number) => compare(value, bound);
  });
  return value => typeof value === 'number' && tests.every(test => test(value));
}

/** Matches what is there, and is none of those; a list, where none of its items is. */
function anythingBut(operand: Json, refuse: Refuse): Test {
  const refused = isJsonObject(operand)
    ? anyOf(operand, refuse)
    : leaves(Array.isArray(operand) ? operand : [operand], refuse);
  return value => {
    if (value === undefined || isJsonObject(value)) return false;
    return Array.isArray(value) ? value.length > 0 && !value.some(each => refused(each)) : !refused(value);
  };
}

function leaves(values: readonly Json[], refuse: Refuse): (value: Json) => boolean {
  if (values.length === 0 || values.some(value => typeof value === 'object' && value !== null)) {
    throw refuse('anything-but is no list of texts or numbers');
  }
  return value => values.includes(value);
}

/** One operator, with one operand or a list of them. */
function anyOf(operator: { readonly [name: string]: Json }, refuse: Refuse): (value: Json) => boolean {
  const [[name, operand] = [], ...others] = Object.entries(operator);
  const make = name === undefined ? undefined : operators[name];
  if (!make || operand === undefined || others.length > 0 || name === 'numeric' || name === 'cidr') {
    throw refuse('anything-but has no object with prefix, suffix, equals-ignore-case or wildcard');
  }
  const tests = (Array.isArray(operand) ? (operand as readonly Json[]) : [operand]).map(each => make(each, refuse));
  return value => tests.some(test => test(value));
}
