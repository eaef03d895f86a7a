/** Routes that are not there, methods that a route has not, and slashes at the end. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { acknowledged, recordsPath, reportsOf, valuesOf } from './support/produce.ts';
import { storingNothing } from './support/read.ts';
import { expectError } from './support/refusals.ts';

export function routeCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic();
  });

  const at = (path: string) => path.replace('{t}', topic);

  describe('an unknown route', () => {
    it.each([
      ['GET', '/nope'],
      ['POST', '/nope'],
      ['GET', '/v1/topics'],
      ['GET', '/v3'],
      ['GET', '/v3/nope'],
      ['GET', '/v4/clusters'],
      ['GET', '…/nope'],
      ['GET', '…/topics/{t}/nope'],
      ['GET', '…/topics/{t}/partitions/0/nope'],
      ['GET', '…/topics/{t}/configs/retention.ms/nope'],
      ['POST', '…/topics/{t}/records:nope'],
      ['POST', '…/topics/{t}/configs:nope'],
      ['POST', '…/records:nope'],
      ['GET', '/topics/{t}/nope'],
      ['GET', '/topics/{t}/partitions/0/nope'],
      ['GET', '/topics/{t}/partitions/0/records/0'],
      ['GET', '/brokers/nope'],
      ['GET', '/health/nope'],
      ['GET', '/openapi.yaml'],
    ])('is 404 in the same shape: %s %s', async (method, path) => {
      expectError(await client.send(method, at(path)), { status: 404, code: 404 });
    });
  });

  describe('a method that a route has not', () => {
    it.each([
      ['POST', '/v3/clusters'],
      ['DELETE', '/v3/clusters'],
      ['PUT', '…'],
      ['POST', '…/brokers'],
      ['PUT', '…/topics'],
      ['DELETE', '…/topics'],
      ['PUT', '…/topics/{t}'],
      ['POST', '…/topics/{t}'],
      ['POST', '…/topics/{t}/partitions'],
      ['DELETE', '…/topics/{t}/partitions/0'],
      ['PUT', '…/topics/{t}/partitions/0/offset'],
      ['POST', '…/topics/{t}/configs'],
      ['PATCH', '…/topics/{t}/configs/retention.ms'],
      ['GET', '…/topics/{t}/configs:alter'],
      ['GET', '…/topics/{t}/records'],
      ['PUT', '…/topics/{t}/records'],
      ['GET', '…/topics/{t}/records:batch'],
      ['GET', '…/records:fetch'],
      ['GET', '…/producers'],
      ['POST', '/topics'],
      ['PUT', '/topics/{t}'],
      ['DELETE', '/topics/{t}'],
      ['POST', '/topics/{t}/partitions'],
      ['PUT', '/topics/{t}/partitions/0'],
      ['POST', '/topics/{t}/partitions/0/offsets'],
      ['POST', '/topics/{t}/partitions/0/records'],
      ['PUT', '/brokers'],
      ['POST', '/health'],
      ['DELETE', '/openapi.json'],
    ])('is 405 in the same shape: %s %s', async (method, path) => {
      const answer = await storingNothing(client, topic, () => client.send(method, at(path)));
      expectError(answer, { status: 405, code: 405 });
      const allowed = answer.headers.get('allow')?.split(', ');
      expect(allowed).not.toHaveLength(0);
      expect(allowed).not.toContain(method);
    });
  });

  describe('a slash at the end', () => {
    it.each([
      '/v3/clusters/',
      '…/',
      '…/brokers/',
      '…/topics/',
      '…/topics/{t}/',
      '…/topics/{t}/partitions/',
      '…/topics/{t}/partitions/0/',
      '…/topics/{t}/partitions/0/offset/?offset_type=latest',
      '…/topics/{t}/configs/',
      '…/topics/{t}/configs/retention.ms/',
      '/topics/',
      '/topics/{t}/',
      '/topics/{t}/partitions/',
      '/topics/{t}/partitions/0/',
      '/topics/{t}/partitions/0/offsets/',
      '/topics/{t}/partitions/0/records/?offset=0&timeout=0&max_bytes=1000',
      '/brokers/',
      '/health/',
    ])('changes nothing: GET %s', async path => {
      const [withSlash, without] = [await client.get(at(path)), await client.get(at(path.replace(/\/(?=\?|$)/, '')))];
      expect(withSlash.status, withSlash.text).toBe(200);
      expect(withSlash.type).toBe(without.type);
    });

    it('changes nothing where records are produced', async () => {
      const v2 = { json: { records: valuesOf(1) }, type: mediaType.json };
      acknowledged(await client.send('POST', `/topics/${topic}/`, v2));
      acknowledged(await client.send('POST', `/topics/${topic}/partitions/0/`, v2));
      const v3 = await client.post(`${recordsPath(topic)}/`, { value: { type: 'JSON', data: 1 } });
      expect(reportsOf(v3).map(({ error_code }) => error_code)).toEqual([200]);
    });
  });

  describe('a path', () => {
    it.each([
      ['…/topics/{t}/configs%3Aalter', { data: [{ name: 'retention.ms', value: '1' }], validate_only: true }, 204],
      ['…/topics/{t}/records%3Abatch', { entries: [{ id: '1' }] }, 207],
      ['…/records%3Afetch', { topics: [{ topic: '{t}', partitions: [{ partition: 0, fetch_offset: 0 }] }] }, 200],
    ])('may be percent-encoded: POST %s', async (path, json, status) => {
      const answer = await client.send('POST', at(path), { body: at(JSON.stringify(json)), type: 'application/json' });
      expect(answer.status, answer.text).toBe(status);
    });

    it('may name a topic percent-encoded', async () => {
      const encoded = topic.replaceAll('-', '%2D');
      expect((await client.get(`…/topics/${encoded}`)).json).toMatchObject({ topic_name: topic });
      expect((await client.get(`/topics/${encoded}`)).json).toMatchObject({ name: topic });
    });

    it.each(['/topics', '/topics/{t}', '…/topics/{t}', '/health', '/openapi.json'])(
      'is answered to HEAD as to GET, without a body: %s',
      async path => {
        const answer = await client.send('HEAD', at(path));
        expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
      },
    );
  });
}
