import { requireVariable } from './environment.ts';
import { handlerOf } from './runtime.ts';
import { openBucket, openTable } from './stores.ts';
import { openTriggerPorts } from './trigger-services.ts';

export const handler = handlerOf('groups', {
  log: openTable('logTable'),
  objects: openBucket(),
  triggers: openTriggerPorts(requireVariable('dispatcherFunction')),
});
