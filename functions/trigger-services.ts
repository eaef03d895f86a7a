/** What the functions that make triggers, or run them, are given. */
import { refusalOfDestination, refusalOfFunction } from '../lib/adapters/aws/trigger-places.ts';
import { LocalTailSignal } from '../lib/adapters/system/local-tail-signal.ts';
import { SystemClock } from '../lib/adapters/system/system-clock.ts';
import { SystemRandom } from '../lib/adapters/system/system-random.ts';
import { createGroupServices } from '../lib/groups/services.ts';
import { awsLogSettings } from '../lib/log/deps.ts';
import { createLogServices } from '../lib/log/log-services.ts';
import { noRollStarter } from '../lib/ports/roll-starter.ts';
import { InvokingRunnerStarter } from '../lib/triggers/invoking-runner-starter.ts';
import type { TriggerPorts, TriggerServices } from '../lib/triggers/services.ts';
import { openInvoker } from './invoker.ts';
import { openBucket, openTable } from './stores.ts';

/** @param dispatcherFunction the name of the function that runs triggers */
export function openTriggerServices(dispatcherFunction: string): TriggerServices {
  const services = createLogServices({
    log: openTable('logTable'),
    cluster: openTable('clusterTable'),
    objects: openBucket(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    tailSignal: new LocalTailSignal(),
    rollStarter: noRollStarter,
    settings: awsLogSettings,
  });
  return { ...createGroupServices(services), ...openTriggerPorts(dispatcherFunction) };
}

export const openTriggerPorts = (dispatcherFunction: string): TriggerPorts => ({
  starter: new InvokingRunnerStarter({ invoker: openInvoker(), functionName: dispatcherFunction }),
  refusalOfFunction,
  refusalOfDestination,
});
