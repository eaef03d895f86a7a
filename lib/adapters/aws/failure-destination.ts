/**
 * Where records end on AWS that a trigger has given up: a queue gets their invocation record, a bucket the event as well. In a bucket
 * the same batch has the same key, so one that is sent twice is there once.
 */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { FailedBatch, FailureDestination } from '../../ports/failure-destination.ts';
import { toMillraceError } from './sdk-error.ts';
import { refusalOfDestination } from './trigger-places.ts';

export interface DestinationClients {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
}

export class AwsFailureDestination implements FailureDestination {
  readonly #clients: DestinationClients;

  constructor(clients: DestinationClients) {
    this.#clients = clients;
  }

  refusalOf(destination: string): string | undefined {
    return refusalOfDestination(destination);
  }

  async send(batch: FailedBatch): Promise<void> {
    try {
      await (batch.destination.startsWith('s3://') ? this.#put(batch) : this.#enqueue(batch));
    } catch (error) {
      throw toMillraceError(`send to ${batch.destination}`, 'write', error);
    }
  }

  /** A queue's URL is made of the parts of its ARN; SQS takes it whatever the host, for it is the region's own that is called. */
  async #enqueue({ destination, metadata }: FailedBatch): Promise<void> {
    const [, partition, , region = '', account = '', name = ''] = destination.split(':');
    const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    const endpoint = await this.#clients.sqs.config.endpoint?.();
    const base = endpoint
      ? `${endpoint.protocol}//${endpoint.hostname}${endpoint.port ? `:${endpoint.port}` : ''}`
      : `https://sqs.${region}.${domain}`;
    await this.#clients.sqs.send(
      new SendMessageCommand({ QueueUrl: `${base}/${account}/${name}`, MessageBody: takenBySqs(metadata) }),
    );
  }

  async #put({ destination, metadata, payload, name, failedAt }: FailedBatch): Promise<void> {
    const { bucket, key } = objectOf(destination, name, failedAt);
    const body = `${metadata.slice(0, -1)},"payload":${payload === '' ? 'null' : JSON.stringify(payload)}}`;
    const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' });
    await this.#clients.s3.send(command);
  }
}

/** As JSON escapes: SQS takes no message with these two characters, which an error's text may have. */
const takenBySqs = (json: string): string =>
  json.replaceAll(/[\uFFFE\uFFFF]/g, character => `\\u${character.charCodeAt(0).toString(16)}`);

/** By day, so that a bucket can be looked through; a batch that is sent again on another day is there on both. */
function objectOf(destination: string, name: string, failedAt: number) {
  const [bucket = '', ...prefix] = destination.slice('s3://'.length).split('/');
  const day = new Date(failedAt).toISOString().slice(0, 10).replaceAll('-', '/');
  const key = [...prefix.filter(part => part !== ''), 'millrace', day, `${name}.json`].join('/');
  return { bucket, key };
}
