import { describe, expect, it } from 'vitest';
import { askedFor } from '../../cdk/constructs/routes.ts';
import { createApp } from '../../lib/http/app.ts';
import { routes } from '../../lib/http/routes.ts';
import { errorOf, jsonOf, send, testApp } from './support.ts';

describe('a path', () => {
  it('may end in slashes, and be percent-encoded', async () => {
    const { app, v3, topic } = await testApp();
    await topic('a.b');
    for (const path of ['/topics/a.b/', '/topics/a%2Eb', '/topics//', '/%74opics/a.b', `${v3}/topics/a.b//`]) {
      expect([path, (await app.request(path)).status]).toEqual([path, 200]);
    }
    const alter = send({ data: [{ name: 'retention.ms', value: '1' }] });
    expect((await app.request(`${v3}/topics/a.b/configs%3Aalter`, alter)).status).toBe(204);
    expect((await app.request(`${v3}/topics/a.b/configs:alter/`, alter)).status).toBe(204);
  });

  it.each(['/', '/nope', '/topics/t/nope', '/v3', '/v3/clusters/c/nope', '//topics', '/records:fetch'])(
    'that is no route is 404 in JSON: %s',
    async path => {
      const { app } = await testApp();
      expect(await errorOf(app.request(path))).toMatchObject({ status: 404, error_code: 404 });
    },
  );

  it.each(['__proto__', 'constructor', ':topic', '*', '%zz', '%00', 'a%2Fb', '%2e%2e%2f', 'é', 'x'.repeat(2_000)])(
    'names a topic that is not there: %s',
    async name => {
      const { app, v3 } = await testApp();
      expect(await errorOf(app.request(`/topics/${name}`))).toMatchObject({ status: 404, error_code: 40401 });
      expect(await errorOf(app.request(`${v3}/topics/${name}`))).toMatchObject({ status: 404, error_code: 40403 });
    },
  );

  it.each(['__proto__', 'constructor', 'toString', '...', '-'])('names a topic like any other: %s', async name => {
    const { app, v3, topic } = await testApp();
    await topic(name);
    expect((await app.request(`/topics/${name}`)).status).toBe(200);
    expect(await jsonOf(app.request(`${v3}/topics/${name}`))).toMatchObject({ topic_name: name });
  });

  it.each([
    ['1e1', 400, 400],
    ['-0', 400, 400],
    ['0x1', 400, 400],
    ['+1', 400, 400],
    ['01', 400, 400],
    ['1.0', 400, 400],
    ['%201', 400, 400],
    ['-1', 404, 40402],
    ['1', 404, 40402],
    ['99999999999999999999', 404, 40402],
  ])('names partition %s: %i', async (partition, status, code) => {
    const { app, topic } = await testApp();
    await topic('t');
    expect(await errorOf(app.request(`/topics/t/partitions/${partition}`))).toMatchObject({ status, error_code: code });
  });

  it('of another cluster is 404', async () => {
    const { app } = await testApp();
    expect(await errorOf(app.request('/v3/clusters/other/topics'))).toMatchObject({ status: 404, error_code: 404 });
  });
});

describe('a method', () => {
  it('that the path has not is 405, with those that it has', async () => {
    const { app } = await testApp();
    const response = await app.request('/topics/t', { method: 'DELETE' });
    expect(response.headers.get('Allow')).toBe('GET, HEAD, POST');
    expect(await errorOf(response)).toMatchObject({ status: 405, error_code: 405 });
    expect((await app.request('/topics/t/partitions/0/offsets', send({}))).headers.get('Allow')).toBe('GET, HEAD');
  });

  it('HEAD is answered as GET, without a body', async () => {
    const { app } = await testApp();
    const response = await app.request('/topics', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    const unknown = await app.request('/topics/u', { method: 'HEAD' });
    expect([unknown.status, await unknown.text()]).toEqual([404, '']);
  });
});

describe('a part of the app', () => {
  it.each(['produce', 'fetch', 'groups', 'topics'] as const)('serves the routes of %s alone', async serve => {
    const { services } = await testApp();
    const app = createApp(services, { serve });
    for (const { method, path, servedBy } of routes) {
      const url = path.replace('{cluster_id}', await services.clusterId.get()).replace(/\{\w+\}/g, '0');
      const { message } = (await jsonOf(app.request(url, { method })).catch(() => ({}))) as { message?: string };
      const isKnown = !message?.includes('see /openapi.json');
      expect([method, path, isKnown]).toEqual([method, path, servedBy === serve]);
    }
  });

  it('is what the front door sends to its function', () => {
    for (const { method, path, servedBy } of routes) {
      expect([method, path, askedFor(method, path)]).toEqual([method, path, servedBy]);
    }
  });
});

describe('a request', () => {
  it('says that its worker lives, once in a while', async () => {
    const { app, worker } = await testApp();
    await app.request('/health');
    const seen = () => worker.calls.filter(call => call.operation === 'create' && call.key.startsWith('worker')).length;
    expect(seen()).toBe(0);
    await app.request('/topics');
    await app.request('/topics');
    expect(seen()).toBe(1);
  });

  it('may give a query parameter once', async () => {
    const { app } = await testApp();
    const path = '/topics/t/partitions/0/records?offset=0&timeout=0&max_bytes=1&offset=0';
    expect(await errorOf(app.request(path))).toMatchObject({
      status: 400,
      message: "'offset' is given more than once",
    });
  });

  it.each([
    ['br', 415],
    ['gzip', 400],
  ])('with content encoding %s that is not so is %i', async (encoding, status) => {
    const { app, topic } = await testApp();
    await topic('t');
    const init = send({ records: [{ value: 1 }] });
    const headers = { ...init.headers, 'Content-Encoding': encoding };
    expect(await errorOf(app.request('/topics/t', { ...init, headers }))).toMatchObject({ status });
  });

  it('waits for records no longer than the front door does', async () => {
    const { services, stores, topic, v3 } = await testApp();
    await topic('t');
    const app = createApp(services);
    const body = { max_wait_ms: 25_000, topics: [{ topic: 't', partitions: [{ partition: 0, fetch_offset: 0 }] }] };
    const from = stores.clock.monotonic();
    const drive = setInterval(() => void stores.clock.advance(100), 1);
    const response = await app.request(`${v3}/records:fetch`, send(body), { budgetMs: 3_000 });
    clearInterval(drive);
    expect(response.status).toBe(200);
    expect(stores.clock.monotonic() - from).toBeLessThan(10_000);
  });
});
