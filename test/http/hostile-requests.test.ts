/**
 * Requests that the OpenAPI document describes, with one part of each replaced by what nobody expects there: in the path, in the query,
 * anywhere in the body. None is answered with 500, and what is refused has stored nothing: the worker made no write.
 */
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';
import { openApiDocument } from '../../lib/http/openapi.ts';
import { routes } from '../../lib/http/routes.ts';
import type { Operation } from '../conformance/limits/bounds.ts';
import { sampleOf } from '../conformance/limits/requests.ts';
import type { TestStores } from '../support/memory-services.ts';
import { testApp } from './support.ts';

const { paths } = openApiDocument(routes, '') as { paths: Record<string, Record<string, Operation>> };
/** All but those that take away what the others need. */
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) =>
    method === 'delete' && path.endsWith('topic_name}') ? [] : [{ path, method: method.toUpperCase(), operation }],
  ),
);

/** As JSON texts: some of them no value of JavaScript can be written as. */
const hostileJson = [
  ...['null', 'true', '0', '-0', '-1', '1.5', '1e400', '-1e400', '9007199254740993', '1E2', '""', '"\\u0000"'],
  ...['"\\ud800"', '"__proto__"', '"../.."', '"%00"', '"t"', '[]', '[[[]]]', '{}', '{"__proto__":{"a":1}}'],
  ...['{"constructor":{"prototype":{"a":1}}}', '{"toString":null}', '{"length":1e9}', '{"a":1,"a":2}', '"١"', '"1"'],
  JSON.stringify('x'.repeat(100_000)),
  `${'['.repeat(99)}${']'.repeat(99)}`,
  `[${'null,'.repeat(11_000)}null]`,
  ...['NaN', 'undefined', "'t'", '[1,]', '{"a":}', '\u0000', '// no comment'],
];

const hostileText = ['', ' ', '%', '\u0000', '-1', '1e3', '01', '9'.repeat(30), '__proto__', 'constructor', '😀'];

const anyHostileText = fc.oneof(fc.constantFrom(...hostileText, 'x'.repeat(5_000)), fc.string({ unit: 'binary' }));
const anyHostileJson = fc.oneof(fc.constantFrom(...hostileJson), fc.json());

/** Counts what is written: a create that finds its key taken, or a change of what has changed, writes nothing. */
function countWrites({ log, cluster, objects }: TestStores): () => number {
  let writes = 0;
  const count = <T>(result: T): T => {
    const { outcome } = Object(result) as { readonly outcome?: string };
    if (outcome !== 'exists' && outcome !== 'stale') writes++;
    return result;
  };
  for (const table of [log, cluster]) {
    const { create, replace, delete: remove } = table;
    table.create = async item => count(await create.call(table, item));
    table.replace = async (item, version) => count(await replace.call(table, item, version));
    table.delete = async (key, version) => count(await remove.call(table, key, version));
  }
  const { put } = objects;
  objects.put = async (key, bytes) => count(await put.call(objects, key, bytes));
  return () => writes;
}

/** Lets the clock follow the machine's while the work goes on: a reader that waits for records is woken by the latter's. */
async function inTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  work.then(settle, settle);
  for (let turns = 0; !isSettled; turns++) {
    await setTimeout(turns < 20 ? 0 : TURN_MS);
    if (!isSettled) await clock.advance(TURN_MS);
  }
  return work;
}

/** Where in a request the hostile part goes, as a fraction of the places that it has. */
const anyPlace = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The value as JSON, and the hostile text instead of one of its parts. */
function replaced(value: unknown, place: number, hostile: string): string {
  let parts = 0;
  const count = (each: unknown): void => {
    parts++;
    if (typeof each === 'object' && each !== null) for (const inner of Object.values(each)) count(inner);
  };
  count(value);
  let left = Math.floor(place * parts);
  const write = (each: unknown): string => {
    if (left-- === 0) return hostile;
    if (Array.isArray(each)) return `[${each.map(write).join()}]`;
    if (typeof each !== 'object' || each === null) return JSON.stringify(each);
    return `{${Object.entries(each)
      .map(([name, inner]) => `${JSON.stringify(name)}:${write(inner)}`)
      .join()}}`;
  };
  return write(value);
}

const TURN_MS = 5;

describe('a hostile request', () => {
  it('is answered, by no bug, and stores nothing where it is refused', async () => {
    const { app, v3, topic, bugs, stores } = await testApp();
    const writes = countWrites(stores);
    await topic('t', 2);
    const values = {
      ...{ cluster_id: v3.split('/').at(-1), topic: 't', topic_name: 't', topics: 't', partition: 0, partition_id: 0 },
      ...{ group: 'g', consumer_group_id: 'g', instance: 'i', consumer_id: 'm', member_id: 'm', name: 'retention.ms' },
      ...{ subscribed_topic_names: 't', member_epoch: 0, to: 'earliest', type: 'STRING', trigger_name: 'x' },
      // nobody's clock moves while a reader waits
      timeout: 0,
    };
    const anyRequest = fc.record({
      operation: fc.constantFrom(...operations),
      target: fc.constantFrom('path', 'query', 'body'),
      place: anyPlace,
      text: anyHostileText,
      json: anyHostileJson,
    });
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ operation: { path, method, operation }, target, place, text, json }) => {
        const names = operation.parameters.filter(each => each.in === (target === 'body' ? 'path' : target));
        const hit = target === 'body' ? undefined : names[Math.floor(place * names.length)]?.name;
        const valueAt = (name: string) => String(name === hit ? text.toWellFormed() : (Object(values)[name] ?? 1));
        const query = new URLSearchParams();
        for (const { name, in: where, required } of operation.parameters) {
          if (where === 'query' && (required || name === hit)) query.set(name, valueAt(name));
        }
        const filled = path.replace(/\{(\w+)\}/g, (_, name) =>
          encodeURIComponent(valueAt(name)).replace(/^\.{1,2}$/, 'x'),
        );
        const [content] = Object.entries(operation.requestBody?.content ?? {});
        const sample = content?.[1].schema ? sampleOf('', content[1].schema, values) : undefined;
        const body = sample === undefined ? undefined : replaced(sample, target === 'body' ? place : 1, json);
        const before = writes();
        const type = content ? { headers: { 'Content-Type': content[0] } } : {};
        const sent = app.request(`${filled}?${query}`, {
          method,
          ...type,
          ...(body !== undefined && method !== 'GET' && { body }),
        });
        const response = await inTime(stores.clock, Promise.resolve(sent));
        expect(response.status).toBeLessThan(500);
        expect(bugs).toEqual([]);
        if (response.status >= 400) expect(writes(), await response.text()).toBe(before);
      }),
      { numRuns: 3_000 },
    );
  });
});
