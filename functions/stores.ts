/** The stores that a function was granted, by the names that came with the grants, and how it starts another function. */
import { createDynamoClient, createLambdaClient, createS3Client } from '../lib/adapters/aws/clients.ts';
import { LambdaFunctionInvoker } from '../lib/adapters/aws/function-invoker.ts';
import { DynamoItemTable } from '../lib/adapters/aws/item-table.ts';
import { S3ObjectLinks } from '../lib/adapters/aws/object-links.ts';
import { S3ObjectStore } from '../lib/adapters/aws/object-store.ts';
import type { FunctionInvoker } from '../lib/ports/function-invoker.ts';
import type { ItemTable } from '../lib/ports/item-table.ts';
import type { ObjectLinks } from '../lib/ports/object-links.ts';
import type { ObjectStore } from '../lib/ports/object-store.ts';
import { emulatorEndpoint, requireVariable } from './environment.ts';

/** The table whose name came with a grant. */
export const openTable = (name: 'logTable' | 'clusterTable'): ItemTable =>
  new DynamoItemTable(createDynamoClient({ endpoint: emulatorEndpoint() }), requireVariable(name));

export const openBucket = (): ObjectStore =>
  new S3ObjectStore(createS3Client({ endpoint: emulatorEndpoint() }), requireVariable('bucket'));

export const openObjectLinks = (): ObjectLinks =>
  new S3ObjectLinks(createS3Client({ endpoint: emulatorEndpoint() }), requireVariable('bucket'));

export const openInvoker = (): FunctionInvoker =>
  new LambdaFunctionInvoker(createLambdaClient({ endpoint: emulatorEndpoint() }));
