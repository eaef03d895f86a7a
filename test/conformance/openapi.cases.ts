/** `/openapi.json`: an OpenAPI 3.1 document that names every route. */
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Client } from './client.ts';

/** Every route of the surface; parameters have no names here. */
const routes: [path: string, ...methods: string[]][] = [
  ['/v3/clusters', 'get'],
  ['/v3/clusters/{}', 'get'],
  ['/v3/clusters/{}/brokers', 'get'],
  ['/v3/clusters/{}/topics', 'get', 'post'],
  ['/v3/clusters/{}/topics/{}', 'get', 'patch', 'delete'],
  ['/v3/clusters/{}/topics/{}/partitions', 'get'],
  ['/v3/clusters/{}/topics/{}/partitions/{}', 'get'],
  ['/v3/clusters/{}/topics/{}/partitions/{}/offset', 'get'],
  ['/v3/clusters/{}/topics/{}/partitions/{}/segments', 'get'],
  ['/v3/clusters/{}/topics/{}/configs', 'get'],
  ['/v3/clusters/{}/topics/{}/configs/{}', 'get', 'put', 'delete'],
  ['/v3/clusters/{}/topics/{}/configs:alter', 'post'],
  ['/v3/clusters/{}/topics/{}/records', 'post'],
  ['/v3/clusters/{}/topics/{}/records:batch', 'post'],
  ['/v3/clusters/{}/topics/{}/records:delete', 'post'],
  ['/v3/clusters/{}/records:fetch', 'post'],
  ['/v3/clusters/{}/producers', 'post'],
  ['/topics', 'get'],
  ['/topics/{}', 'get', 'post'],
  ['/topics/{}/partitions', 'get'],
  ['/topics/{}/partitions/{}', 'get', 'post'],
  ['/topics/{}/partitions/{}/offsets', 'get'],
  ['/topics/{}/partitions/{}/records', 'get'],
  ['/brokers', 'get'],
  ['/health', 'get'],
  ['/openapi.json', 'get'],
];

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

const reference = z.strictObject({ $ref: z.string().startsWith('#/') });
const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header', 'cookie']),
  required: z.boolean().optional(),
});
const operation = z.object({
  operationId: z.string().optional(),
  parameters: z.array(z.union([reference, parameter])).optional(),
  requestBody: z.union([reference, z.object({ content: z.record(z.string(), z.unknown()) })]).optional(),
  responses: z.record(
    z.string().regex(/^([1-5][0-9X]{2}|default)$/),
    z.union([reference, z.object({ description: z.string() })]),
  ),
});
const pathItem = z.object({
  parameters: z.array(z.union([reference, parameter])).optional(),
  ...Object.fromEntries(methods.map(method => [method, operation.optional()])),
});
const document = z.object({
  openapi: z.string().regex(/^3\.1\.[0-9]+$/),
  info: z.object({ title: z.string().min(1), version: z.string().min(1) }),
  paths: z.record(z.string().startsWith('/'), pathItem),
});

type Operation = z.infer<typeof operation>;

export function openApiCases(client: Client): void {
  describe('/openapi.json', () => {
    let json: Readonly<Record<string, unknown>>;
    let operations: { path: string; method: string; own: Operation; shared: Operation['parameters'] }[];

    beforeAll(async () => {
      const answer = await client.get('/openapi.json');
      expect(answer.status).toBe(200);
      expect(answer.type).toBe('application/json');
      json = answer.json as Readonly<Record<string, unknown>>;
      operations = Object.entries(document.parse(json).paths).flatMap(([path, item]) =>
        methods.flatMap(method => {
          const own = (item as Record<string, unknown>)[method] as Operation | undefined;
          return own ? [{ path, method, own, shared: item.parameters as Operation['parameters'] }] : [];
        }),
      );
    });

    const resolve = ($ref: string): unknown =>
      $ref
        .slice(2)
        .split('/')
        .map(step => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
        .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], json);

    it('is an OpenAPI 3.1 document', () => {
      expect(document.safeParse(json).error).toBeUndefined();
    });

    it.each(routes)('names %s', (path, ...wanted) => {
      const named = operations.filter(one => one.path.replaceAll(/\{[^}]+\}/g, '{}') === path);
      expect(named.map(({ method }) => method)).toEqual(expect.arrayContaining(wanted));
    });

    it('has something behind every reference', () => {
      const references: string[] = [];
      JSON.stringify(json, (key, value) => {
        if (key === '$ref' && typeof value === 'string') references.push(value);
        return value;
      });
      for (const $ref of references) expect(resolve($ref), $ref).toBeDefined();
    });

    it('declares every parameter of a path, as required', () => {
      for (const { path, method, own, shared = [] } of operations) {
        const declared = [...(own.parameters ?? []), ...shared]
          .map(one => parameter.parse('$ref' in one ? resolve(one.$ref) : one))
          .filter(one => one.in === 'path');
        const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
        expect(declared.map(({ name }) => name).sort(), `${method} ${path}`).toEqual(inPath.sort());
        for (const { name, required } of declared) expect(required, `${method} ${path}: ${name}`).toBe(true);
      }
    });

    it('gives every operation an answer, and a name of its own', () => {
      for (const { path, method, own } of operations) {
        expect(Object.keys(own.responses).length, `${method} ${path}`).toBeGreaterThan(0);
      }
      const names = operations.flatMap(({ own }) => own.operationId ?? []);
      expect(new Set(names).size).toBe(names.length);
    });

    it('names the media types of produce and of reads', () => {
      const text = JSON.stringify(json);
      for (const type of ['json.v2+json', 'binary.v2+json', 'v2+json'])
        expect(text).toContain(`application/vnd.kafka.${type}`);
      expect(text).toContain('application/vnd.millrace.record-batch');
    });
  });
}
