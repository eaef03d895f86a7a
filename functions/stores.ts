/** The stores that a function was granted, by the names that came with the grants, and how it starts another function. */
import { createDynamoClient, createS3Client } from '../lib/adapters/aws/clients.ts';
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

/** Lambda's client is a good part of a function's code, and few environments ever start anything: it is loaded with the first start. */
export function openLateInvoker(): FunctionInvoker {
  let opened: Promise<FunctionInvoker> | undefined;
  return {
    async invoke(name, event) {
      opened ??= import('./invoker.ts').then(({ openInvoker }) => openInvoker());
      await (await opened).invoke(name, event);
    },
  };
}
