import { handlerOf } from './runtime.ts';
import { openBucket } from './stores.ts';

export const handler = handlerOf('fetch', openBucket());
