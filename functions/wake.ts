/** Wakes maintenance: reads the stream of the log table's new keys, and starts the rolls that are due. */
import { SystemClock } from '../lib/adapters/system/system-clock.ts';
import { awsMaintenanceSettings } from '../lib/maintenance/services.ts';
import { requireVariable } from './environment.ts';
import { openInvoker, openTable } from './stores.ts';
import { wakeHandler } from './wake-handler.ts';

export const handler = wakeHandler({
  services: {
    log: openTable('logTable'),
    cluster: openTable('clusterTable'),
    clock: new SystemClock(),
    maintenance: awsMaintenanceSettings,
  },
  invoker: openInvoker(),
  maintenanceFunction: requireVariable('maintenanceFunction'),
});
