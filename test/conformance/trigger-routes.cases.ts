/** The routes of triggers: methods that they have not, slashes at the end, media types, and their description. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { topicOf } from './support/consumers.ts';
import { expectError, misfit, notJson } from './support/refusals.ts';
import { pathOfTrigger, Triggers, triggersPath } from './support/triggers.ts';

const trigger = `${triggersPath}/{name}`;

/** Every route, with its methods. */
const routes: readonly (readonly [path: string, ...methods: string[]])[] = [
  [triggersPath, 'GET', 'POST'],
  [trigger, 'GET', 'PATCH', 'DELETE'],
  [`${trigger}/pause`, 'POST'],
  [`${trigger}/resume`, 'POST'],
  [`${trigger}/offsets:reset`, 'POST'],
];

/** Those that take a body. */
const written: readonly (readonly [method: string, path: string])[] = [
  ['POST', triggersPath],
  ['PATCH', trigger],
  ['POST', `${trigger}/offsets:reset`],
];

export function triggerRouteCases(client: Client): void {
  const triggers = new Triggers(client);
  let name: string;

  beforeAll(async () => {
    const topic = await topicOf(client, { count: 1 });
    name = (await triggers.create(topic)).trigger_name;
  });

  const at = (path: string) => path.replace('{name}', name);

  it.each(routes)('%s has no other methods than these: %s', async (path, ...methods) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter(each => !methods.includes(each))) {
      const answer = await client.send(method, at(path));
      expectError(answer, { status: 405, code: 405 });
      const allowed = answer.headers.get('allow')?.split(', ') ?? [];
      expect(allowed).toEqual(expect.arrayContaining(methods));
      expect(allowed).not.toContain(method);
    }
  });

  it.each([triggersPath, trigger])('GET %s takes a slash at the end, and what is percent-encoded', async path => {
    for (const same of [at(path), `${at(path)}/`, at(path).replaceAll('-', '%2D')]) {
      const answer = await client.get(same);
      expect([answer.status, answer.type], answer.text).toEqual([200, 'application/json']);
    }
  });

  it.each(['/pause', '/pause/', '/%70ause'])('POST triggers/{name}%s is taken', async rest => {
    const answer = await client.send('POST', at(trigger) + rest);
    expect(answer.status, answer.text).toBe(200);
  });

  it('POST triggers/{name}/offsets:reset may be percent-encoded', async () => {
    expectError(await client.send('POST', `${at(trigger)}/offsets%3Areset`, { json: {} }), misfit);
  });

  it.each([triggersPath, trigger])('GET %s is not answered as text/html, nor as v2', async path => {
    for (const type of ['text/html', 'application/vnd.kafka.v2+json']) {
      expectError(await client.get(at(path), type), { status: 406, code: 406 });
    }
  });

  it.each(written)('%s %s takes JSON alone', async (method, path) => {
    const send = (body: string | undefined, type?: string) =>
      client.send(method, at(path), { ...(body !== undefined && { body }), ...(type !== undefined && { type }) });
    expectError(await send('<a/>', 'application/xml'), { status: 415, code: 415 });
    expectError(await send('{', 'application/json'), notJson);
    expectError(await send('\ufffe'), notJson);
    expectError(await send(undefined), misfit);
    expectError(await send(''), misfit);
  });

  it.each(['/nope', '/offsets', '/offsets:commit', '/offsets:nope', '/pause/now', '/lag', '/partitions'])(
    'triggers/{name}%s is no route',
    async rest => {
      expectError(await client.get(at(trigger) + rest), { status: 404, code: 404 });
      expectError(await client.post(at(trigger) + rest, {}), { status: 404, code: 404 });
    },
  );

  it('a query that nobody asked for is passed over', async () => {
    const answer = await client.get(`${at(trigger)}?a=1&a=2`);
    expect(answer.status, answer.text).toBe(200);
  });

  it('HEAD is answered where GET is, without a body', async () => {
    for (const path of [triggersPath, trigger]) {
      const answer = await client.send('HEAD', at(path));
      expect([answer.status, answer.bytes.byteLength]).toEqual([200, 0]);
    }
    expect((await client.send('HEAD', pathOfTrigger(triggers.newName()))).status).toBe(404);
  });

  it('of another cluster are unknown', async () => {
    for (const [path, ...methods] of routes) {
      const elsewhere = at(path).replace('…', '/v3/clusters/no-such-cluster');
      for (const method of methods) {
        const json = method === 'GET' || method === 'DELETE' ? {} : { json: {} };
        expectError(await client.send(method, elsewhere, json), { status: 404, code: 404 });
      }
    }
    expect((await client.get(at(trigger))).status).toBe(200);
  });

  describe('/openapi.json', () => {
    interface Operation {
      readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
      readonly responses: Readonly<
        Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
      >;
    }
    interface Schema {
      readonly $ref?: string;
      readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      readonly required?: readonly string[];
    }
    let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;

    beforeAll(async () => {
      ({ paths } = (await client.get('/openapi.json')).json as { paths: typeof paths });
    });

    const nameless = (text: string) => text.replace('…', '/v3/clusters/{}').replaceAll(/\{[^}]*\}/g, '{}');

    const operation = (method: string, path: string): Operation => {
      const named = Object.entries(paths).find(([each]) => nameless(each) === nameless(path));
      return named?.[1][method.toLowerCase()] ?? expect.fail(`${method} ${path} is not in the document`);
    };

    const sentBy = (method: string, path: string): Schema =>
      operation(method, path).requestBody?.content['application/json']?.schema ?? expect.fail('it has no body');

    it.each(routes.flatMap(([path, ...methods]) => methods.map(method => [method, path])))(
      'has %s %s with its answer and the errors that it may give',
      (method, path) => {
        const { responses } = operation(method, path);
        const status = method === 'DELETE' ? '204' : method === 'POST' && path === triggersPath ? '201' : '200';
        expect(Object.keys(responses)).toEqual([status, 'default']);
        const { content = {} } = responses[status] ?? {};
        expect(Object.keys(content)).toEqual(status === '204' ? [] : ['application/json']);
        expect(responses.default?.content?.['application/json']?.schema.$ref).toBe('#/components/schemas/Error');
      },
    );

    it('says what a trigger must have, and what its numbers may be', () => {
      const { properties = {}, required = [] } = sentBy('POST', triggersPath);
      expect([...required].toSorted()).toEqual(['function', 'topics', 'trigger_name']);
      expect(sentBy('PATCH', trigger).required ?? []).toEqual([]);
      const bounds = (name: string) => JSON.stringify(properties[name]);
      expect(bounds('batch_size')).toContain('"minimum":1,"maximum":10000');
      expect(bounds('batch_bytes')).toContain('"minimum":1024,"maximum":6291455');
      expect(bounds('function_timeout_in_seconds')).toContain('"minimum":1,"maximum":780');
      expect(bounds('maximum_batching_window_in_seconds')).toContain('"minimum":0,"maximum":300');
      expect(bounds('starting_position')).toContain('["TRIM_HORIZON","LATEST","AT_TIMESTAMP"]');
      expect(bounds('filters')).toContain('"type":"array"');
      expect(Object.keys(sentBy('PATCH', trigger).properties ?? {})).toEqual(
        Object.keys(properties).filter(
          name => !/^(trigger_name|topics|consumer_group_id|starting_position(_timestamp)?)$/.test(name),
        ),
      );
    });

    it('says what is told of a trigger', () => {
      const { properties = {} } =
        operation('GET', trigger).responses['200']?.content?.['application/json']?.schema ?? {};
      expect(Object.keys(properties)).toEqual(
        expect.arrayContaining(['trigger_name', 'function', 'state', 'lag', 'partitions', 'consumer_group']),
      );
    });
  });
}
