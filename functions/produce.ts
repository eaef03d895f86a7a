import { handlerOf } from './runtime.ts';
import { openBucket, openTable } from './stores.ts';

export const handler = handlerOf('produce', { log: openTable('logTable'), objects: openBucket() });
