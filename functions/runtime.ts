/** The composition root of the functions that answer HTTP: made once per environment, which may live for hours. */
import { LocalTailSignal } from '../lib/adapters/system/local-tail-signal.ts';
import { SystemClock } from '../lib/adapters/system/system-clock.ts';
import { SystemRandom } from '../lib/adapters/system/system-random.ts';
import { createApp } from '../lib/http/app.ts';
import { lambdaHandler } from '../lib/http/lambda-adapter.ts';
import type { ServedRoutes } from '../lib/http/services.ts';
import { awsLogSettings } from '../lib/log/deps.ts';
import { createLogServices } from '../lib/log/log-services.ts';
import { InvokingRollStarter } from '../lib/maintenance/invoking-roll-starter.ts';
import type { ItemTable } from '../lib/ports/item-table.ts';
import type { ObjectLinks } from '../lib/ports/object-links.ts';
import type { ObjectStore } from '../lib/ports/object-store.ts';
import { ClusterId } from '../lib/topics/cluster-id.ts';
import { Worker } from '../lib/topics/workers.ts';
import { noTriggers, type TriggerPorts } from '../lib/triggers/services.ts';
import { functionName, requireVariable } from './environment.ts';
import { openLateInvoker, openTable } from './stores.ts';

/** DynamoDB and S3 keep everything in three zones. */
const REPLICATION_FACTOR = 3;

/** The port of the front door; environments have none of their own. */
const FRONT_DOOR_PORT = 443;

/** The stores, and the starts, that not every function is granted. */
export interface GrantedStores {
  readonly log: ItemTable;
  readonly objects: ObjectStore;
  readonly objectLinks?: ObjectLinks;
  readonly triggers?: TriggerPorts;
}

/** The handler of the function that serves its part of the routes. */
export function handlerOf(serve: ServedRoutes, { log, objects, objectLinks, triggers = noTriggers }: GrantedStores) {
  const clock = new SystemClock();
  const onFault = (error: unknown) => console.error(error);
  const services = createLogServices({
    log,
    cluster: openTable('clusterTable'),
    objects,
    clock,
    random: new SystemRandom(),
    tailSignal: new LocalTailSignal(),
    rollStarter: new InvokingRollStarter({
      invoker: openLateInvoker(),
      functionName: requireVariable('maintenanceFunction'),
      clock,
      onFault,
    }),
    settings: awsLogSettings,
  });
  const clusterId = new ClusterId(services);
  const worker = new Worker(services, { host: functionName(), port: FRONT_DOOR_PORT });
  const app = createApp(
    {
      ...services,
      clusterId,
      worker,
      triggers,
      replicationFactor: REPLICATION_FACTOR,
      ...(objectLinks && { objectLinks }),
    },
    { serve, log: onFault },
  );
  return lambdaHandler(app);
}
