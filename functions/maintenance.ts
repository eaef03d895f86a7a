/** Maintenance: rolls, retains, merges, compacts, sweeps and removes, groups too; all partitions by a schedule, or one when it is started for it. */
import { LocalTailSignal } from '../lib/adapters/system/local-tail-signal.ts';
import { SystemClock } from '../lib/adapters/system/system-clock.ts';
import { SystemRandom } from '../lib/adapters/system/system-random.ts';
import { createGroupServices } from '../lib/groups/services.ts';
import { sweepGroups } from '../lib/groups/sweep-groups.ts';
import { awsLogSettings } from '../lib/log/deps.ts';
import { createLogServices } from '../lib/log/log-services.ts';
import { awsMaintenanceSettings } from '../lib/maintenance/services.ts';
import { noRollStarter } from '../lib/ports/roll-starter.ts';
import { Worker } from '../lib/topics/workers.ts';
import { functionName } from './environment.ts';
import { openInvoker } from './invoker.ts';
import { maintenanceHandler } from './maintenance-handler.ts';
import { openBucket, openTable } from './stores.ts';

const services = createLogServices({
  log: openTable('logTable'),
  cluster: openTable('clusterTable'),
  objects: openBucket(),
  clock: new SystemClock(),
  random: new SystemRandom(),
  tailSignal: new LocalTailSignal(),
  // it rolls by itself
  rollStarter: noRollStarter,
  settings: awsLogSettings,
});
const groups = createGroupServices(services);
const worker = new Worker(services, { host: functionName(), port: 443 });

export const handler = maintenanceHandler({
  services: {
    ...services,
    manifests: services.logs.manifests,
    brokerId: worker.brokerId,
    maintenance: awsMaintenanceSettings,
  },
  beSeen: () => worker.beSeen(),
  invoker: openInvoker(),
  sweepGroups: deadline => sweepGroups(groups, { deadline }),
  // the console that Lambda provides would put a prefix before the line, and CloudWatch would find no metrics in it
  print: line => process.stdout.write(`${line}\n`),
  onFault: error => console.error(error),
});
