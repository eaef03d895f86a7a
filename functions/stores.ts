/** The stores that a function was granted, by the names that came with the grants. */
import { createDynamoClient, createS3Client } from '../lib/adapters/aws/clients.ts';
import { DynamoItemTable } from '../lib/adapters/aws/item-table.ts';
import { S3ObjectStore } from '../lib/adapters/aws/object-store.ts';
import type { ItemTable } from '../lib/ports/item-table.ts';
import type { ObjectStore } from '../lib/ports/object-store.ts';
import { emulatorEndpoint, requireVariable } from './environment.ts';

export interface Tables {
  readonly log: ItemTable;
  readonly cluster: ItemTable;
}

export function openTables(): Tables {
  const client = createDynamoClient({ endpoint: emulatorEndpoint() });
  return {
    log: new DynamoItemTable(client, requireVariable('logTable')),
    cluster: new DynamoItemTable(client, requireVariable('clusterTable')),
  };
}

export const openBucket = (): ObjectStore =>
  new S3ObjectStore(createS3Client({ endpoint: emulatorEndpoint() }), requireVariable('bucket'));

/** For a function that was granted none: whoever calls it has made a mistake. */
export function noBucket(): ObjectStore {
  const refuse = () => {
    throw new Error('this function was granted no bucket');
  };
  return { put: refuse, get: refuse, delete: refuse, list: refuse };
}
