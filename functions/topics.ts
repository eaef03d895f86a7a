import { handlerOf } from './runtime.ts';
import { openBucket, openObjectLinks, openTable } from './stores.ts';

export const handler = handlerOf('topics', {
  log: openTable('logTable'),
  objects: openBucket(),
  objectLinks: openObjectLinks(),
});
