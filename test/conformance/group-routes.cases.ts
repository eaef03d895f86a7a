/** The routes of consumers and groups: methods that they have not, slashes at the end, media types, and their description. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { type Instance, subscribed, topicOf } from './support/consumers.ts';
import { expectError } from './support/refusals.ts';

const instance = '/consumers/{g}/instances/{i}';
const group = '…/consumer-groups/{g}';

/** Every route, with its methods. */
const routes: readonly (readonly [path: string, ...methods: string[]])[] = [
  ['/consumers/{g}', 'POST'],
  [instance, 'DELETE'],
  [`${instance}/subscription`, 'GET', 'POST', 'DELETE'],
  [`${instance}/assignments`, 'GET', 'POST'],
  [`${instance}/positions`, 'GET', 'POST'],
  [`${instance}/positions/beginning`, 'POST'],
  [`${instance}/positions/end`, 'POST'],
  [`${instance}/records`, 'GET'],
  [`${instance}/offsets`, 'GET', 'POST'],
  ['…/consumer-groups', 'GET'],
  [group, 'GET', 'DELETE'],
  [`${group}/consumers`, 'GET'],
  [`${group}/consumers/{i}`, 'GET'],
  [`${group}/consumers/{i}/assignments`, 'GET'],
  [`${group}/consumers/{i}/assignments/{t}/partitions/0`, 'GET'],
  [`${group}/lags`, 'GET'],
  [`${group}/lags/{t}/partitions/0`, 'GET'],
  [`${group}/lag-summary`, 'GET'],
  [`${group}/offsets`, 'GET'],
  [`${group}/offsets:commit`, 'POST'],
  [`${group}/offsets:alter`, 'POST'],
  [`${group}/offsets:reset`, 'POST'],
  [`${group}/offsets:delete`, 'POST'],
  [`${group}/members:heartbeat`, 'POST'],
  [`${group}/members:poll`, 'POST'],
];

const read = routes.filter(([, ...methods]) => methods.includes('GET')).map(([path]) => path);
const written = routes.filter(([, ...methods]) => methods.includes('POST')).map(([path]) => path);

export function groupRouteCases(client: Client): void {
  let topic: string;
  let consumer: Instance;

  beforeAll(async () => {
    topic = await topicOf(client, { count: 1 });
    consumer = await subscribed(client, [topic], { 'session.timeout.ms': 1_800_000 });
  });

  const at = (path: string) =>
    path
      .replace('/consumers/{g}/instances/{i}', consumer.path)
      .replace('{g}', consumer.group)
      .replace('{i}', consumer.id)
      .replace('{t}', topic);

  it.each(routes)('%s has no other methods than these: %s', async (path, ...methods) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter(each => !methods.includes(each))) {
      const answer = await client.send(method, at(path));
      expectError(answer, { status: 405, code: 405 });
      const allowed = answer.headers.get('allow')?.split(', ') ?? [];
      expect(allowed).toEqual(expect.arrayContaining(methods));
      expect(allowed).not.toContain(method);
    }
  });

  it.each(read)('GET %s takes a slash at the end, and what is percent-encoded', async path => {
    const accept = path.endsWith('/records') ? mediaType.json : undefined;
    for (const same of [at(path), `${at(path)}/`, at(path).replaceAll('-', '%2D')]) {
      const answer = await client.get(same, accept);
      expect(answer.status, answer.text).toBe(200);
    }
  });

  it.each(written.filter(path => path.includes(':')))('POST %s may be percent-encoded', async path => {
    const answer = await client.send('POST', at(path).replace(/:(?=[a-z]+$)/, '%3A'), { json: {} });
    expectError(answer, { status: 422, code: 422 });
  });

  it.each(read)('GET %s is not answered as text/html', async path => {
    expectError(await client.get(at(path), 'text/html'), { status: 406, code: 406 });
  });

  it.each(read.filter(path => path.startsWith('/') && !path.endsWith('/records')))(
    'GET %s may be answered as v2 metadata or as JSON',
    async path => {
      expect((await client.get(at(path))).type).toBe(mediaType.v2);
      for (const accept of [mediaType.v2, 'application/vnd.kafka+json', 'application/json']) {
        const answer = await client.get(at(path), accept);
        expect([answer.status, answer.type]).toEqual([200, accept]);
      }
    },
  );

  it.each(written)('POST %s takes no XML', async path => {
    const answer = await client.send('POST', at(path), { body: '<a/>', type: 'application/xml' });
    expectError(answer, { status: 415, code: 415 });
  });

  it.each(['/nope', '/records/0', '/positions/middle', '/subscription/nope', '/offsets/0'])(
    '/consumers/{g}/instances/{i}%s is no route',
    async part => {
      expectError(await client.get(consumer.path + part), { status: 404, code: 404 });
    },
  );

  it.each(['/nope', '/offsets:nope', '/members', '/members:nope', '/lags/t', '/lags/t/partitions', '/lag-summaries'])(
    'consumer-groups/{g}%s is no route',
    async part => {
      expectError(await client.get(at(group) + part), { status: 404, code: 404 });
    },
  );

  it('of another cluster are unknown', async () => {
    for (const path of routes.map(([each]) => each).filter(each => each.startsWith('…'))) {
      const elsewhere = at(path).replace('…', '/v3/clusters/no-such-cluster');
      const method = read.includes(path) ? 'GET' : 'POST';
      expectError(await client.send(method, elsewhere, method === 'POST' ? { json: {} } : {}), {
        status: 404,
        code: 404,
      });
    }
  });

  describe('/openapi.json', () => {
    let paths: Readonly<Record<string, object>>;

    beforeAll(async () => {
      ({ paths } = (await client.get('/openapi.json')).json as { paths: typeof paths });
    });

    it.each(routes)('names %s', (path, ...methods) => {
      const nameless = (text: string) =>
        text
          .replace('…', '/v3/clusters/{}')
          .replace(/partitions\/0$/, 'partitions/{}')
          .replaceAll(/\{[^}]*\}/g, '{}');
      const named = Object.entries(paths).find(([each]) => nameless(each) === nameless(path));
      expect(Object.keys(named?.[1] ?? {})).toEqual(expect.arrayContaining(methods.map(each => each.toLowerCase())));
    });
  });
}
