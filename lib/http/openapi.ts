/** The OpenAPI 3.1 document, made from the routes and their schemas. */
import * as z from 'zod';
import { mediaType } from './media-type.ts';
import type { Content, Route } from './route.ts';

const errorSchema = z.object({ error_code: z.int(), message: z.string() });

const errorAnswer = {
  description: 'An error. `Retry-After` is set where the same request may succeed later.',
  content: { [mediaType.json]: { schema: { $ref: '#/components/schemas/Error' } } },
};

/** @param baseUrl what clients put before a path */
export function openApiDocument(routes: readonly Route[], baseUrl: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version: '1.0.0',
      summary: "Kafka's log over HTTP, in the shapes of the Confluent REST API.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: baseUrl }],
    paths: Object.fromEntries(
      [...Map.groupBy(routes, route => route.path)].map(([path, same]) => [
        path,
        Object.fromEntries(same.map(route => [route.method.toLowerCase(), operation(route)])),
      ]),
    ),
    components: { schemas: { Error: schemaOf(errorSchema, 'output') } },
  };
}

function operation(route: Route): object {
  const { method, path, servedBy, summary, body, answer } = route;
  return {
    operationId: operationId(method, path),
    summary,
    tags: [servedBy],
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(body && { requestBody: { required: body.isOptional !== true, content: contentOf(body.content, 'input') } }),
    responses: {
      [answer.status]: {
        description: answer.description,
        ...(answer.headers && { headers: headersOf(answer.headers) }),
        ...(answer.content && { content: contentOf(answer.content, 'output') }),
      },
      default: errorAnswer,
    },
  };
}

/** @example operationId('POST', '/topics/{topic}') // 'post_topics_topic' */
const operationId = (method: string, path: string): string =>
  [method.toLowerCase(), ...path.split(/[^a-z0-9_]+/i).filter(Boolean)].join('_');

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as { readonly description?: string };
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

const contentOf = (content: Content, io: 'input' | 'output'): object =>
  Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [type, schema === 'bytes' ? {} : { schema: schemaOf(schema, io) }]),
  );

const headersOf = (headers: Readonly<Record<string, string>>): object =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'integer' } }]),
  );

function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return rest;
}
