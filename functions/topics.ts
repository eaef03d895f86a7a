import { handlerOf } from './runtime.ts';
import { notGranted } from './stores.ts';

export const handler = handlerOf('topics', { log: notGranted, objects: notGranted });
