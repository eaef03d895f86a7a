/**
 * The aws adapters behind a proxy that can lose replies, on tables and buckets of their own, which are removed at the end.
 */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, DeleteBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { createDynamoClient, createS3Client } from '../../../lib/adapters/aws/clients.ts';
import { DynamoItemTable } from '../../../lib/adapters/aws/item-table.ts';
import { S3ObjectStore } from '../../../lib/adapters/aws/object-store.ts';
import { collect } from './collect.ts';
import { ReplyDropper } from './reply-dropper.ts';

/** What emulators take for credentials: s3rver these alone, the others any. */
const anybody = { region: 'us-east-1', credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } };

export interface DynamoFixture {
  readonly table: DynamoItemTable;
  readonly client: DynamoDBClient;
  readonly replies: ReplyDropper;
  close(): Promise<void>;
}

export interface S3Fixture {
  readonly store: S3ObjectStore;
  readonly client: S3Client;
  readonly replies: ReplyDropper;
  close(): Promise<void>;
}

export async function openDynamoTable(url: string): Promise<DynamoFixture> {
  const replies = new ReplyDropper(url);
  const client = createDynamoClient({ ...anybody, endpoint: await replies.listen() });
  const TableName = `millrace-contract-${randomUUID()}`;
  await createTable(client, TableName);
  const close = async () => {
    await client.send(new DeleteTableCommand({ TableName }));
    client.destroy();
    await replies.close();
  };
  return { table: new DynamoItemTable(client, TableName), client, replies, close };
}

export async function openS3Bucket(url: string): Promise<S3Fixture> {
  const replies = new ReplyDropper(url);
  const client = createS3Client({ ...anybody, endpoint: await replies.listen() });
  const Bucket = `millrace-contract-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  const store = new S3ObjectStore(client, Bucket);
  const close = async () => {
    await store.delete((await collect(store.list(''))).map(({ key }) => key));
    await client.send(new DeleteBucketCommand({ Bucket }));
    client.destroy();
    await replies.close();
  };
  return { store, client, replies, close };
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName });
}
