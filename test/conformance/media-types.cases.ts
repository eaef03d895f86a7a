/** What may be sent and asked for: exact media types, 415 and 406. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { storingNothing } from './support/read.ts';
import { expectError } from './support/refusals.ts';

const v2Body = JSON.stringify({ records: [{ value: 'YQ==' }] });
const v3Body = JSON.stringify({ value: { type: 'STRING', data: 'v' } });

export function mediaTypeCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic();
  });

  const at = (path: string) => path.replace('{t}', topic);

  describe('Content-Type', () => {
    it.each([
      mediaType.json,
      mediaType.binary,
      'application/json',
      `${mediaType.json}; charset=utf-8`,
      'application/json;charset=UTF-8',
      'Application/JSON',
    ])('may be %s on v2 produce', async type => {
      for (const path of ['/topics/{t}', '/topics/{t}/partitions/0']) {
        const answer = await client.send('POST', at(path), { body: v2Body, type });
        expect(answer.status, answer.text).toBe(200);
        expect(answer.type).toBe(mediaType.v2);
      }
    });

    it.each([
      'text/plain',
      'application/xml',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
      'application/vnd.kafka.avro.v2+json',
      'application/vnd.kafka.protobuf.v2+json',
      'application/vnd.kafka.json.v1+json',
      'application/vnd.kafka.json.v2+jsonx',
      'application/jsonp',
      'json',
    ])('may not be %s on v2 produce', async type => {
      await storingNothing(client, topic, async () => {
        for (const path of ['/topics/{t}', '/topics/{t}/partitions/0']) {
          const answer = await client.send('POST', at(path), { body: v2Body, type });
          expectError(answer, { status: 415, code: 415 });
        }
      });
    });

    it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON'])(
      'may be %s on v3',
      async type => {
        const answer = await client.send('POST', `…/topics/${topic}/records`, { body: v3Body, type });
        expect(answer.status, answer.text).toBe(200);
      },
    );

    it.each([
      ['POST', '…/topics'],
      ['PATCH', '…/topics/{t}'],
      ['PUT', '…/topics/{t}/configs/retention.ms'],
      ['POST', '…/topics/{t}/configs:alter'],
      ['POST', '…/topics/{t}/records'],
      ['POST', '…/topics/{t}/records:batch'],
      ['POST', '…/records:fetch'],
    ])('may not be text/plain or application/xml on v3: %s %s', async (method, path) => {
      for (const type of ['text/plain', 'application/xml']) {
        const answer = await client.send(method, at(path), { body: v3Body, type });
        expectError(answer, { status: 415, code: 415 });
      }
    });
  });

  describe('Content-Encoding', () => {
    it.each(['br', 'deflate', 'zstd', 'gzip, gzip'])('may not be %s', async encoding => {
      const options = { body: v2Body, type: mediaType.json, headers: { 'content-encoding': encoding } };
      const answer = await storingNothing(client, topic, () => client.send('POST', `/topics/${topic}`, options));
      expectError(answer, { status: 415, code: 415 });
    });

    it('may be identity', async () => {
      const options = { body: v2Body, type: mediaType.json, headers: { 'content-encoding': 'identity' } };
      expect((await client.send('POST', `/topics/${topic}`, options)).status).toBe(200);
    });
  });

  describe('Accept', () => {
    const v2Paths = [
      '/topics',
      '/topics/{t}',
      '/topics/{t}/partitions',
      '/topics/{t}/partitions/0/offsets',
      '/brokers',
    ];

    it.each(v2Paths)('may be v2, json or anything on v2: GET %s', async path => {
      for (const accept of [mediaType.v2, 'application/json', '*/*', 'application/*', 'text/html, */*;q=0.1']) {
        const answer = await client.get(at(path), accept);
        expect(answer.status, `${accept}: ${answer.text}`).toBe(200);
        expect(answer.type).toMatch(/^application\/(vnd\.kafka\.v2\+)?json$/);
      }
      expect((await client.get(at(path), mediaType.v2)).type).toBe(mediaType.v2);
    });

    it.each([...v2Paths, '/v3/clusters', '…', '…/brokers', '…/topics', '…/topics/{t}', '…/topics/{t}/configs'])(
      'may not be text/html: GET %s',
      async path => {
        expectError(await client.get(at(path), 'text/html'), { status: 406, code: 406 });
      },
    );

    it.each(['text/html', 'application/xml', 'application/vnd.kafka.avro.v2+json', 'application/octet-stream'])(
      'may not be %s on a groupless read',
      async accept => {
        const path = `/topics/${topic}/partitions/0/records?offset=0&timeout=0&max_bytes=1000`;
        expectError(await client.get(path, accept), { status: 406, code: 406 });
      },
    );

    it.each([
      [`${mediaType.json}, ${mediaType.binary};q=0.5`, mediaType.json],
      [`${mediaType.json};q=0.5, ${mediaType.binary}`, mediaType.binary],
      [`text/html, ${mediaType.json}`, mediaType.json],
      [`${mediaType.binary};q=0.1, ${mediaType.batch};q=0.9`, mediaType.batch],
    ])('chooses on a groupless read: %s', async (accept, type) => {
      const path = `/topics/${topic}/partitions/0/records?offset=0&timeout=0&max_bytes=1000`;
      const empty = path.replace(topic, await client.createTopic());
      expect((await client.get(empty, accept)).type).toBe(type);
    });

    it('stores nothing where the answer could not be given', async () => {
      const v2 = { body: v2Body, type: mediaType.json, accept: 'text/html' };
      const v3 = { body: v3Body, type: 'application/json', accept: 'text/html' };
      await storingNothing(client, topic, async () => {
        for (const path of ['/topics/{t}', '/topics/{t}/partitions/0']) {
          expectError(await client.send('POST', at(path), v2), { status: 406, code: 406 });
        }
        expectError(await client.send('POST', at('…/topics/{t}/records'), v3), { status: 406, code: 406 });
      });
    });
  });
}
