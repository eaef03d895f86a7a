/** The stores that a function was granted, by the names that came with the grants. */
import { createDynamoClient, createS3Client } from '../lib/adapters/aws/clients.ts';
import { DynamoItemTable } from '../lib/adapters/aws/item-table.ts';
import { S3ObjectStore } from '../lib/adapters/aws/object-store.ts';
import type { ItemTable } from '../lib/ports/item-table.ts';
import type { ObjectStore } from '../lib/ports/object-store.ts';
import { emulatorEndpoint, requireVariable } from './environment.ts';

/** The table whose name came with a grant. */
export const openTable = (name: 'logTable' | 'clusterTable'): ItemTable =>
  new DynamoItemTable(createDynamoClient({ endpoint: emulatorEndpoint() }), requireVariable(name));

export const openBucket = (): ObjectStore =>
  new S3ObjectStore(createS3Client({ endpoint: emulatorEndpoint() }), requireVariable('bucket'));

/** What stands in for a store that the function was not granted: whoever calls it has made a mistake. */
export const notGranted: ItemTable & ObjectStore = {
  get: refuse,
  create: refuse,
  replace: refuse,
  query: refuse,
  put: refuse,
  delete: refuse,
  list: refuse,
};

function refuse(): never {
  throw new Error('this function was not granted the store that it calls');
}
