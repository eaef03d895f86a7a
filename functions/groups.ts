import { handlerOf } from './runtime.ts';
import { openBucket, openTable } from './stores.ts';

export const handler = handlerOf('groups', { log: openTable('logTable'), objects: openBucket() });
