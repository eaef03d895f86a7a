import { handlerOf } from './runtime.ts';
import { noBucket } from './stores.ts';

export const handler = handlerOf('topics', noBucket());
