/**
 * Every bound that the OpenAPI document states of a request: the least and the most of a number, of the length of a text, of the
 * items of a list. Found in the document, so that a bound is tried from the day on which a schema states it.
 */

import { openApiDocument } from '../../../lib/http/openapi.ts';
import { routes } from '../../../lib/http/routes.ts';

/** As much of JSON Schema as the document has. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

/** What is bounded: a number itself, or how long a text or a list is. */
type Measure = 'value' | 'length' | 'items';

export interface Bound {
  readonly place: 'path' | 'query' | 'body';
  /** Names on the way to it; 0 is the first item of a list. */
  readonly at: readonly (string | 0)[];
  readonly measure: Measure;
  readonly end: 'least' | 'most';
  readonly limit: number;
  readonly schema: Schema;
}

const keywords = {
  minimum: ['value', 'least'],
  maximum: ['value', 'most'],
  minLength: ['length', 'least'],
  maxLength: ['length', 'most'],
  minItems: ['items', 'least'],
  maxItems: ['items', 'most'],
} as const;

/** One way of asking, with the bounds that it has. */
export interface BoundedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly bounds: readonly Bound[];
}

export function operations(): readonly BoundedOperation[] {
  const { paths } = openApiDocument(routes, '') as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      return { method: method.toUpperCase(), path, operation, bounds: boundsOf(operation) };
    }),
  );
}

export const boundedOperations = (): readonly BoundedOperation[] =>
  operations().filter(({ bounds }) => bounds.length > 0);

/** @example boundsOf(operation) // [{ place: 'query', at: ['timeout'], measure: 'value', end: 'most', limit: 25_000, … }, …] */
function boundsOf({ parameters, requestBody }: Operation): readonly Bound[] {
  const [body] = Object.values(requestBody?.content ?? {});
  return [
    ...parameters.flatMap(({ name, in: place, schema }) => boundsIn(schema, place, [name])),
    ...(body?.schema ? boundsIn(body.schema, 'body', []) : []),
  ];
}

/** Texts and lists of requests that have no bound of their own, as `nameOf` names bounds. */
export const unboundedIn = ({
  operation: { parameters, requestBody },
}: Omit<BoundedOperation, 'bounds'>): readonly string[] => {
  const [body] = Object.values(requestBody?.content ?? {});
  return [
    ...parameters.flatMap(({ name, in: place, schema }) => unbounded(schema, `${place}.${name}`)),
    ...(body?.schema ? unbounded(body.schema, 'body') : []),
  ];
};

function unbounded(schema: Schema, at: string): readonly string[] {
  const types = [schema.type].flat();
  const isFree =
    (types.includes('string') && !schema.enum && schema.const === undefined && schema.maxLength === undefined) ||
    (types.includes('array') && schema.maxItems === undefined);
  return [
    ...(isFree ? [`${at}: ${types.includes('array') ? 'items' : 'length'} without a bound`] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, of]) => unbounded(of, `${at}.${name}`)),
    ...(schema.items ? unbounded(schema.items, `${at}.0`) : []),
    ...(schema.anyOf ?? []).flatMap(each => unbounded(each, at)),
  ];
}

/** @example nameOf(bound) // "body.entries.0.id: length of at most 80" */
export const nameOf = ({ place, at, measure, end, limit }: Bound): string =>
  `${[place, ...at].join('.')}: ${measure} of at ${end} ${limit}`;

function boundsIn(schema: Schema, place: Bound['place'], at: Bound['at']): readonly Bound[] {
  return [
    ...Object.entries(keywords).flatMap(([keyword, [measure, end]]) => {
      const limit = schema[keyword as keyof typeof keywords];
      return limit === undefined || isAlwaysSo(place, keyword, limit)
        ? []
        : [{ place, at, measure, end, limit, schema }];
    }),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, of]) => boundsIn(of, place, [...at, name])),
    ...(schema.items ? boundsIn(schema.items, place, [...at, 0]) : []),
    ...boundsOfAny(schema.anyOf ?? [], place, at),
  ];
}

/** Where -1 is taken beside 0 and more, 0 is no bound. */
function boundsOfAny(any: readonly Schema[], place: Bound['place'], at: Bound['at']): readonly Bound[] {
  const others = any.flatMap(each => (typeof each.const === 'number' ? [each.const] : []));
  return any
    .flatMap(each => boundsIn(each, place, at))
    .filter(({ end, limit }) => !others.includes(end === 'least' ? limit - 1 : limit + 1));
}

/**
 * What an integer that has no bound of its own has: the largest that JSON can say, which `numbers.cases.ts` tries. And without its
 * first character a part of a path is another path.
 */
const isAlwaysSo = (place: Bound['place'], keyword: string, limit: number): boolean =>
  Math.abs(limit) === Number.MAX_SAFE_INTEGER || (place === 'path' && keyword === 'minLength');
