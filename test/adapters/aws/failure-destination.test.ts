import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client, createSqsClient } from '../../../lib/adapters/aws/clients.ts';
import { AwsFailureDestination } from '../../../lib/adapters/aws/failure-destination.ts';
import { type Answer, cut, json, ScriptedServer, xml } from './support/scripted-server.ts';

const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
const server = new ScriptedServer();
let destination: AwsFailureDestination;

beforeAll(async () => {
  const options = { endpoint: await server.listen(), region: 'eu-west-1', credentials };
  destination = new AwsFailureDestination({ sqs: createSqsClient(options), s3: createS3Client(options) });
});

afterAll(() => server.close());

const batch = {
  metadata: '{"requestContext":{"condition":"RetryAttemptsExhausted"}}',
  payload: '{"records":{}}',
  name: 'id-click-0-17',
  failedAt: Date.UTC(2026, 0, 2, 3),
};

const toQueue = { ...batch, destination: 'arn:aws:sqs:eu-west-1:123456789012:failed' };
const toBucket = { ...batch, destination: 's3://failed/some//prefix' };

const sent = (body: string) => JSON.parse(body) as { readonly QueueUrl: string; readonly MessageBody: string };
const stored = () => server.requests.map(body => JSON.parse(body) as Record<string, unknown>);

/** With the digest that the SDK expects. */
const accepted: Answer = (reply, socket) => {
  const { MessageBody } = sent(server.requests.at(-1) ?? '');
  const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
  json(200, { MessageId: 'm', MD5OfMessageBody })(reply, socket);
};

describe('a queue', () => {
  it('is sent the invocation record', async () => {
    server.script(accepted);
    await destination.send(toQueue);
    const { QueueUrl, MessageBody } = sent(server.requests[0] ?? '');
    expect(MessageBody).toBe(batch.metadata);
    expect(new URL(QueueUrl).pathname).toBe('/123456789012/failed');
  });

  it('takes characters that SQS refuses as JSON escapes them', async () => {
    server.script(accepted);
    const error = 'odd \uffff \ufffe \u0001 é';
    await destination.send({ ...toQueue, metadata: JSON.stringify({ error }) });
    const { MessageBody } = sent(server.requests[0] ?? '');
    expect(MessageBody).toBe('{"error":"odd \\uffff \\ufffe \\u0001 é"}');
    expect(JSON.parse(MessageBody)).toEqual({ error });
  });

  it.each([
    ['arn:aws:sqs:eu-central-1:123456789012:q', 'https://sqs.eu-central-1.amazonaws.com/123456789012/q'],
    ['arn:aws-cn:sqs:cn-north-1:123456789012:q', 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q'],
    ['arn:aws-us-gov:sqs:us-gov-west-1:123456789012:q', 'https://sqs.us-gov-west-1.amazonaws.com/123456789012/q'],
  ])('of %s is at %s', async (arn, url) => {
    const queueUrls: unknown[] = [];
    const sqs = createSqsClient({ region: 'eu-west-1', credentials });
    sqs.middlewareStack.add(
      () => async args => {
        queueUrls.push((args.input as { readonly QueueUrl: string }).QueueUrl);
        return { output: { $metadata: {} }, response: {} };
      },
      { step: 'initialize' },
    );
    await new AwsFailureDestination({ sqs, s3: createS3Client() }).send({ ...batch, destination: arn });
    expect(queueUrls).toEqual([url]);
  });

  it('that is gone is an error that names it', async () => {
    server.script(json(400, { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'no queue' }));
    await expect(destination.send(toQueue)).rejects.toMatchObject({
      code: 'STORAGE_ERROR',
      message: expect.stringContaining(`send to ${toQueue.destination}`),
    });
  });

  it('that does not say whether it took the message is unknown: it may be sent twice', async () => {
    server.script(cut, cut);
    await expect(destination.send(toQueue)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });
});

describe('a bucket', () => {
  it('is given the invocation record with the event, under a key that is the same when it is sent again', async () => {
    for (const hour of [3, 23]) {
      server.script(xml(200, ''));
      await destination.send({ ...toBucket, failedAt: Date.UTC(2026, 0, 2, hour) });
      expect(server.paths).toEqual(['PUT /failed/some/prefix/millrace/2026/01/02/id-click-0-17.json?x-id=PutObject']);
      expect(stored()).toEqual([
        { requestContext: { condition: 'RetryAttemptsExhausted' }, payload: '{"records":{}}' },
      ]);
    }
  });

  it('without a prefix, and of records that were never delivered, is given what there is', async () => {
    server.script(xml(200, ''));
    await destination.send({ ...toBucket, destination: 's3://failed', payload: '' });
    expect(server.paths[0]).toContain('PUT /failed/millrace/2026/01/02/id-click-0-17.json');
    expect(stored()).toMatchObject([{ payload: null }]);
  });

  it('that may not be written to is an error that names it', async () => {
    server.script(xml(403, '<Error><Code>AccessDenied</Code><Message>no</Message></Error>'));
    await expect(destination.send(toBucket)).rejects.toMatchObject({
      code: 'STORAGE_ERROR',
      message: expect.stringContaining('AccessDenied'),
    });
  });
});
