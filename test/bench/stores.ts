/** Stores that workers share, for what is measured without HTTP; and workers on them, each with beliefs of its own. */
import {
  type Intercept,
  interceptItemTable,
  interceptObjectStore,
  type StoreCall,
} from '../../lib/adapters/memory/faults.ts';
import { MemoryItemTable } from '../../lib/adapters/memory/item-table.ts';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { LocalTailSignal } from '../../lib/adapters/system/local-tail-signal.ts';
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import { SystemRandom } from '../../lib/adapters/system/system-random.ts';
import { awsLogSettings, type LogDeps, type LogSettings } from '../../lib/log/deps.ts';
import { createLogServices, type LogServices } from '../../lib/log/log-services.ts';
import { awsMaintenanceSettings, type MaintenanceServices } from '../../lib/maintenance/services.ts';
import type { ItemTable } from '../../lib/ports/item-table.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import { noRollStarter } from '../../lib/ports/roll-starter.ts';
import type { Meter } from './meter.ts';
import { assumed } from './prices.ts';

export interface Stores {
  readonly log: ItemTable;
  readonly cluster: ItemTable;
  readonly objects: ObjectStore;
}

export function memoryStores(): Stores {
  return {
    log: new MemoryItemTable(),
    cluster: new MemoryItemTable(),
    objects: new MemoryObjectStore({ now: () => Date.now() }),
  };
}

/** Stores in memory whose calls take as long as those of AWS are taken to, and have their effect half-way. */
export function modelledStores(): Stores {
  const { log, cluster, objects } = memoryStores();
  const clock = new SystemClock();
  const slow: Intercept = async (call, apply) => {
    const due = clock.monotonic() + modelledMs(call);
    await clock.sleep((due - clock.monotonic()) / 2);
    const result = await apply();
    await clock.sleep(due - clock.monotonic());
    return result;
  };
  return {
    log: interceptItemTable(log, slow),
    cluster: interceptItemTable(cluster, slow),
    objects: interceptObjectStore(objects, slow),
  };
}

function modelledMs({ store, operation }: StoreCall): number {
  if (store === 'items') return assumed.tableCallMs;
  return operation === 'put' ? assumed.objectPutMs : assumed.objectGetMs;
}

/** A worker as a Lambda environment has it: it shares nothing with the others but the stores. */
export function workerOn(stores: Stores, meter: Meter, settings: LogSettings = awsLogSettings): LogServices {
  const deps: LogDeps = {
    log: meter.table(stores.log),
    cluster: meter.table(stores.cluster),
    objects: meter.objects(stores.objects),
    clock: new SystemClock(),
    random: new SystemRandom(),
    tailSignal: new LocalTailSignal(),
    rollStarter: noRollStarter,
    settings,
  };
  return createLogServices(deps);
}

/** A worker that maintains, one partition after the other as it is told. */
export const maintainerOn = (services: LogServices): MaintenanceServices => ({
  ...services,
  manifests: services.logs.manifests,
  brokerId: 1,
  maintenance: awsMaintenanceSettings,
});
