/** A request that an operation takes, made from its schema, with one of its bounds tried. */
import type { SendOptions } from '../client.ts';
import type { Bound, Operation, Schema } from './bounds.ts';
import type { Sample } from './samples.ts';

/** A bound, and what it is tried with: 81 for a text of 81 characters. */
interface Tried {
  readonly bound: Bound;
  readonly size: number;
}

interface Asked {
  readonly path: string;
  readonly operation: Operation;
  readonly samples: Sample;
  readonly tried: Tried;
}

type Values = Sample['values'];

/** Of those that exclude each other a request has the one that is tried. */
const alternatives: readonly (readonly string[])[] = [
  ['topics', 'topic_pattern'],
  ['offsets', 'timestamps'],
  ['subscribed_topic_names', 'subscribed_topic_regex'],
];

/** @returns the path with its parameters filled in, and its query; and the body */
export function requestOf(asked: Asked): { readonly path: string; readonly options: SendOptions } {
  const { path, operation, samples, tried } = asked;
  const valueAt = (place: Bound['place'], name: string, schema: Schema): unknown =>
    isTried(tried, place, name) ? madeTo(tried, samples.values) : sampleOf(name, schema, samples.values);
  const query = new URLSearchParams();
  for (const { name, in: place, required, schema } of operation.parameters) {
    if (place !== 'query' || !(required || name in samples.values || isTried(tried, place, name))) continue;
    for (const each of [valueAt(place, name, schema)].flat()) query.append(name, String(each));
  }
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(valueAt('path', name, {}))));
  return { path: query.size > 0 ? `${filled}?${query}` : filled, options: bodyOf(asked) };
}

const isTried = ({ bound }: Tried, place: Bound['place'], name: string): boolean =>
  bound.place === place && bound.at[0] === name;

function bodyOf({ operation, samples, tried }: Asked): SendOptions {
  const [content] = Object.entries(operation.requestBody?.content ?? {});
  if (!content?.[1].schema) return {};
  const [type, { schema }] = content;
  const named = Object.keys(schema.properties ?? {});
  const more = Object.entries(samples.body).filter(([name]) => named.includes(name));
  const sample = { ...(sampleOf('', schema, samples.values) as object), ...Object.fromEntries(more) };
  const json = tried.bound.place === 'body' ? withTried(sample, schema, { values: samples.values, tried }) : sample;
  return { type, json };
}

/** The value with what is tried put into it, on the way that the bound names. */
function withTried(
  value: unknown,
  schema: Schema,
  { values, tried }: { readonly values: Values; readonly tried: Tried },
  depth = 0,
): unknown {
  const name = tried.bound.at[depth];
  if (name === undefined) return madeTo(tried, values, value);
  const inner = inside(schema, name);
  const next = (of: unknown) => withTried(of, inner, { values, tried }, depth + 1);
  if (name === 0) return [next(((value ?? []) as readonly unknown[])[0] ?? sampleOf(nameOf(tried), inner, values))];
  const left = { ...((value ?? sampleOf('', schema, values)) as Record<string, unknown>) };
  for (const other of alternatives.find(each => each.includes(name)) ?? []) if (other !== name) delete left[other];
  return { ...left, [name]: next(left[name]) };
}

/** The schema of a property or, for 0, of a list's items. */
function inside(schema: Schema, name: string | 0): Schema {
  const found = [schema, ...(schema.anyOf ?? [])].map(each => (name === 0 ? each.items : each.properties?.[name]));
  const first = found.find(each => each !== undefined);
  if (!first) throw new Error(`there is no ${name} in ${JSON.stringify(schema).slice(0, 200)}`);
  return first;
}

const nameOf = ({ bound }: Tried): string => String(bound.at.findLast(name => name !== 0));

/** @param value what stands there otherwise: of a list, its first item is repeated */
function madeTo({ bound, size }: Tried, values: Values, value?: unknown): unknown {
  const { measure, schema } = bound;
  if (measure === 'value') return size;
  if (measure === 'length') return 'x'.repeat(size);
  const { items = {} } = schema;
  const [item = sampleOf(nameOf({ bound, size }), items, values)] = (value ?? []) as readonly unknown[];
  const isOneOfFew = items.enum !== undefined || items.const !== undefined;
  return Array.from({ length: size }, (_, index) => (isOneOfFew ? item : another(item, index)));
}

/** No two items are alike where that matters. */
function another(item: unknown, index: number): unknown {
  if (typeof item === 'number') return index;
  if (typeof item === 'string') return `${item}-${index}`;
  return Object.fromEntries(
    Object.entries(item as object).map(([field, value]) => [field, distinct(field, value, index)]),
  );
}

const distinct = (field: string, value: unknown, index: number): unknown =>
  field === 'partition_id' || field === 'partition' ? index : field === 'id' ? `${index}` : value;

/** The least that the schema takes. */
export function sampleOf(name: string, schema: Schema, values: Values): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum.find(each => each === values[name]) ?? schema.enum[0];
  if (schema.anyOf) return sampleOf(name, schema.anyOf[0] ?? {}, values);
  const [type] = [schema.type].flat();
  if (type === 'object') {
    const { required = [], properties = {} } = schema;
    return Object.fromEntries(required.map(each => [each, sampleOf(each, properties[each] ?? {}, values)]));
  }
  if (type === 'array') return [sampleOf(name, schema.items ?? {}, values)];
  if (name in values) return values[name];
  if (type === 'integer') return Math.max(schema.minimum ?? 0, 0);
  if (schema.format === 'date-time') return '1970-01-01T00:00:01Z';
  return 'x'.repeat(Math.max(schema.minLength ?? 1, 1));
}
