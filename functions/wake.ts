/** Wakes what waits for records: reads the stream of the log table's new keys, starts triggers' runners, and the rolls that are due. */
import { SystemClock } from '../lib/adapters/system/system-clock.ts';
import { awsMaintenanceSettings } from '../lib/maintenance/services.ts';
import { startGrown } from '../lib/triggers/dispatch.ts';
import { InvokingRunnerStarter } from '../lib/triggers/invoking-runner-starter.ts';
import { TopicNames } from '../lib/triggers/topic-names.ts';
import { requireVariable } from './environment.ts';
import { openInvoker } from './invoker.ts';
import { openTable } from './stores.ts';
import { wakeHandler } from './wake-handler.ts';

const cluster = openTable('clusterTable');
const clock = new SystemClock();
const invoker = openInvoker();
const names = new TopicNames(cluster);
const starter = new InvokingRunnerStarter({ invoker, functionName: requireVariable('dispatcherFunction') });

export const handler = wakeHandler({
  services: { log: openTable('logTable'), cluster, clock, maintenance: awsMaintenanceSettings },
  invoker,
  maintenanceFunction: requireVariable('maintenanceFunction'),
  startGrown: partitions => startGrown({ cluster, clock, starter }, partitions, names),
});
