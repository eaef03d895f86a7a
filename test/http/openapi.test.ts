import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openApiDocument } from '../../lib/http/openapi.ts';
import { routes } from '../../lib/http/routes.ts';
import { jsonOf, testApp } from './support.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: object };
  readonly responses: object;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}

const document = JSON.parse(JSON.stringify(openApiDocument(routes, 'http://localhost'))) as Document;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

type Schema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !('$ref' in value);

/** Every object within. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const child of Object.values(value)) yield* objectsIn(child);
}

describe('the OpenAPI document', () => {
  it('is served, under the base URL of the request', async () => {
    const { app } = await testApp();
    expect(await jsonOf(app.request('http://127.0.0.1:8082/openapi.json'))).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: 'http://127.0.0.1:8082' }],
    });
  });

  it('has every route, each under an id of its own', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
      routes.map(({ method, path }) => `${method.toLowerCase()} ${path}`).sort(),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routes.length);
  });

  it.each(operations)('declares the parameters of $method $path', ({ path, operation }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1]);
    const declared = operation.parameters.filter(parameter => parameter.in === 'path');
    expect(declared.map(parameter => parameter.name)).toEqual(inPath);
    expect(declared.every(parameter => parameter.required)).toBe(true);
  });

  it('refers to nothing that it lacks', () => {
    for (const { $ref } of objectsIn(document)) {
      if ($ref !== undefined) expect($ref).toBe('#/components/schemas/Error');
    }
  });

  it('has schemas that a reader of JSON Schema 2020-12 understands', () => {
    const inline = [...objectsIn(document)].flatMap(({ schema }) => (isSchema(schema) ? [schema] : []));
    for (const schema of inline) expect(() => z.fromJSONSchema(schema)).not.toThrow();
  });

  it('describes what clients send, not what is made of it', () => {
    const offset = document.paths['/topics/{topic}/partitions/{partition}/records']?.get?.parameters;
    expect(offset?.find(parameter => parameter.name === 'offset')).toMatchObject({
      required: true,
      schema: { type: 'integer', minimum: 0 },
    });
    const sent = JSON.stringify(document.paths['/topics/{topic}']?.post?.requestBody);
    expect(sent).toContain('"value":{"anyOf":[{"type":"string","contentEncoding":"base64"},{"type":"null"}]');
  });
});
