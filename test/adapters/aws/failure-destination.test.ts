import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client, createSqsClient } from '../../../lib/adapters/aws/clients.ts';
import { AwsFailureDestination } from '../../../lib/adapters/aws/failure-destination.ts';
import { type Answer, cut, json, ScriptedServer, xml } from './support/scripted-server.ts';

const metadata = '{"version":"1.0","KafkaBatchInfo":{"batchSize":1}}';
const payload = '{"eventSource":"SelfManagedKafka","records":{"ü":"\\""}}';
const failedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:failed';

/** As SQS answers; the client looks at the hash. */
const enqueued: Answer = json(200, {
  MessageId: 'm',
  MD5OfMessageBody: createHash('md5').update(metadata).digest('hex'),
});
const put: Answer = reply => void reply.writeHead(200, { etag: '"e"' }).end();

describe('AwsFailureDestination', () => {
  const server = new ScriptedServer();
  let destination: AwsFailureDestination;

  beforeAll(async () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const options = { endpoint: await server.listen(), region: 'eu-west-1', credentials };
    destination = new AwsFailureDestination({ sqs: createSqsClient(options), s3: createS3Client(options) });
  });
  afterAll(() => server.close());

  const send = (to: string, more: { readonly payload?: string } = {}) =>
    destination.send({ destination: to, metadata, payload, name: 'id-click-0-7', failedAt, ...more });

  describe('a queue', () => {
    it('is sent the invocation record, without the event', async () => {
      server.script(enqueued);
      await send(QUEUE);
      const { QueueUrl, MessageBody } = JSON.parse(server.requests[0] ?? '') as Record<string, string>;
      expect(new URL(QueueUrl ?? '').pathname).toBe('/123456789012/failed');
      expect(MessageBody).toBe(metadata);
    });

    it('that does not answer may have it, and is tried once more', async () => {
      server.script(cut, cut);
      await expect(send(QUEUE)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      expect(server.requests).toHaveLength(2);
    });

    it('that is gone refuses it', async () => {
      const gone = { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'no' };
      server.script(json(400, gone), json(400, gone));
      await expect(send(QUEUE)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    });
  });

  describe('a bucket', () => {
    it.each([
      ['s3://failed', '/failed/millrace/2026/01/02/id-click-0-7.json'],
      ['s3://failed/', '/failed/millrace/2026/01/02/id-click-0-7.json'],
      ['s3://failed/a/b', '/failed/a/b/millrace/2026/01/02/id-click-0-7.json'],
      ['s3://failed/a/b/', '/failed/a/b/millrace/2026/01/02/id-click-0-7.json'],
    ])('gets an object under its prefix, by day, of the same name whenever it is sent: %s', async (to, path) => {
      server.script(put, put);
      await send(to);
      await send(to);
      expect(server.paths.map(line => line.replace(/\?.*/, ''))).toEqual([`PUT ${path}`, `PUT ${path}`]);
      expect(server.requests[0]).toBe(server.requests[1]);
    });

    it('gets the event besides, as text in the record', async () => {
      server.script(put);
      await send('s3://failed');
      expect(JSON.parse(server.requests[0] ?? '')).toEqual({ ...JSON.parse(metadata), payload });
    });

    it('gets null for an event that was never made', async () => {
      server.script(put);
      await send('s3://failed', { payload: '' });
      expect(JSON.parse(server.requests[0] ?? '')).toEqual({ ...JSON.parse(metadata), payload: null });
    });

    it.each([
      [503, 'SlowDown', 'THROTTLED'],
      [404, 'NoSuchBucket', 'STORAGE_ERROR'],
      [403, 'AccessDenied', 'STORAGE_ERROR'],
    ])('answers %i %s: that is %s', async (status, name, code) => {
      const refused = xml(status, `<Error><Code>${name}</Code><Message>m</Message></Error>`);
      server.script(refused, refused);
      await expect(send('s3://failed')).rejects.toMatchObject({ code });
    });
  });

  describe('a place', () => {
    it.each([
      QUEUE,
      'arn:aws-cn:sqs:cn-north-1:123456789012:a_b-c',
      's3://bucket',
      's3://my.bucket-1/',
      's3://bucket/prefix with spaces/ü',
    ])('may be %s', place => {
      expect(destination.refusalOf(place)).toBeUndefined();
    });

    it.each([
      '',
      'failed',
      's3:/bucket',
      's3://',
      's3://b',
      's3://Bucket',
      's3://bucket-/',
      'arn:aws:s3:::bucket',
      'arn:aws:sqs:eu-west-1:1234:failed',
      `arn:aws:sqs:eu-west-1:123456789012:${'x'.repeat(81)}`,
      'arn:aws:sns:eu-west-1:123456789012:failed',
      'https://sqs.eu-west-1.amazonaws.com/123456789012/failed',
    ])('may not be %s', place => {
      expect(destination.refusalOf(place)).toMatch(/^expected/);
    });

    it('has a prefix of no more than 512 bytes', () => {
      expect(destination.refusalOf(`s3://bucket/${'x'.repeat(512)}`)).toBeUndefined();
      expect(destination.refusalOf(`s3://bucket/${'x'.repeat(513)}`)).toBe(
        'its prefix has 513 bytes, the limit is 512',
      );
    });

    it('may not be a FIFO queue', () => {
      expect(destination.refusalOf(`${QUEUE}.fifo`)).toMatch(/FIFO/);
    });
  });
});
