/**
 * Log services over the memory adapters, with the seams of a test: its own clock and randomness, faults in the path, and a
 * count of every port call. `worker()` makes another worker on the same stores.
 */
import {
  FaultPlan,
  type Intercept,
  interceptItemTable,
  interceptObjectStore,
  type StoreCall,
} from '../../lib/adapters/memory/faults.ts';
import { MemoryItemTable } from '../../lib/adapters/memory/item-table.ts';
import { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { LocalTailSignal } from '../../lib/adapters/system/local-tail-signal.ts';
import { awsLogSettings, type LogDeps, type LogSettings } from '../../lib/log/deps.ts';
import { createLogServices, type LogServices } from '../../lib/log/log-services.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import {
  awsMaintenanceSettings,
  type MaintenanceServices,
  type MaintenanceSettings,
} from '../../lib/maintenance/services.ts';
import type { Clock } from '../../lib/ports/clock.ts';

export interface TestWorker {
  readonly services: LogServices;
  /** The same, to maintain the logs with. */
  readonly maintenance: MaintenanceServices;
  readonly deps: LogDeps;
  /** Faults on this worker's calls. */
  readonly faults: FaultPlan;
  /** Every port call that this worker made, in order. */
  readonly calls: StoreCall[];
  /** What it asked to be rolled. */
  readonly rollsStarted: TopicPartition[];
}

export interface TestStores {
  readonly log: MemoryItemTable;
  readonly cluster: MemoryItemTable;
  readonly objects: MemoryObjectStore;
  readonly clock: ManualClock;
  worker(options?: {
    readonly settings?: Partial<LogSettings>;
    readonly maintenance?: Partial<MaintenanceSettings>;
    readonly clock?: Clock;
  }): TestWorker;
}

export function memoryStores(seed = 1): TestStores {
  const log = new MemoryItemTable();
  const cluster = new MemoryItemTable();
  const clock = new ManualClock();
  const objects = new MemoryObjectStore({ now: () => clock.now() });
  let workers = 0;
  return {
    log,
    cluster,
    objects,
    clock,
    worker(options = {}) {
      const faults = new FaultPlan();
      const rollsStarted: TopicPartition[] = [];
      const calls: StoreCall[] = [];
      const intercept: Intercept = (call, apply) => {
        calls.push(call);
        return faults.intercept(call, apply);
      };
      const deps: LogDeps = {
        log: interceptItemTable(log, intercept),
        cluster: interceptItemTable(cluster, intercept),
        objects: interceptObjectStore(objects, intercept),
        clock: options.clock ?? clock,
        random: new SeededRandom(seed * 1_000 + workers++),
        tailSignal: new LocalTailSignal(),
        rollStarter: { start: async at => void rollsStarted.push(at) },
        settings: { ...awsLogSettings, ...options.settings },
      };
      const services = createLogServices(deps);
      const maintenance = {
        ...services,
        manifests: services.logs.manifests,
        brokerId: workers,
        maintenance: { ...awsMaintenanceSettings, ...options.maintenance },
      };
      return { services, maintenance, deps, faults, calls, rollsStarted };
    },
  };
}
