import { handlerOf } from './runtime.ts';
import { openBucket, openTable } from './stores.ts';

export const handler = handlerOf('fetch', { log: openTable('logTable'), objects: openBucket() });
