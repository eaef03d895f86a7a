/**
 * Millrace on one machine: the HTTP surface over the embedded store, in one process.
 *
 * Several servers may share a data folder; whatever one has acknowledged the others see.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { type EmbeddedStore, openEmbeddedStore } from '../adapters/embedded/store.ts';
import { LocalTarget, refusalOfLocalFunction, refusalOfRemoteFunction } from '../adapters/local/local-target.ts';
import { LocalTailSignal } from '../adapters/system/local-tail-signal.ts';
import { SystemClock } from '../adapters/system/system-clock.ts';
import { SystemRandom } from '../adapters/system/system-random.ts';
import { createGroupServices } from '../groups/services.ts';
import { sweepGroups } from '../groups/sweep-groups.ts';
import { createApp } from '../http/app.ts';
import type { HttpServices } from '../http/services.ts';
import { embeddedLogSettings } from '../log/deps.ts';
import { createLogServices } from '../log/log-services.ts';
import { embeddedMaintenanceSettings } from '../maintenance/services.ts';
import type { FailureDestination } from '../ports/failure-destination.ts';
import { noRollStarter } from '../ports/roll-starter.ts';
import { MillraceError } from '../protocol/errors.ts';
import { ClusterId } from '../topics/cluster-id.ts';
import { Worker, type WorkerAddress } from '../topics/workers.ts';
import type { TriggerFailure } from '../triggers/run-report.ts';
import { refuseForeignPage } from './foreign-page.ts';
import { ensureTrigger, type LocalTrigger } from './local-trigger.ts';
import { MaintenanceTimer } from './maintenance-timer.ts';
import { readGetBody, readStatedBody } from './request-body.ts';
import { serveSegmentFile } from './segment-files.ts';
import { TriggerDispatcher } from './trigger-dispatcher.ts';

const MAINTENANCE_INTERVAL_MS = 10_000;

/** Time that requests under way have to end when the server is closed; longer ones are cut. */
const CLOSE_WITHIN_MS = 2_000;
const MAINTENANCE_ENDS_WITHIN_MS = 10_000;

/** A developer who mends a handler sees it run soon. */
const LONGEST_PAUSE_MS = 3_000;

/** Time that functions under way have to end when the server is closed. */
const TRIGGERS_END_WITHIN_MS = 5_000;

const ONLY_TOPICS = 'on one machine a destination is kafka://<topic>';

const noDestination: FailureDestination = {
  refusalOf: () => ONLY_TOPICS,
  send: () => Promise.reject(new MillraceError('INVALID_REQUEST', ONLY_TOPICS)),
};

export interface ServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly dataFolder: string;
  /** Pause between two runs of maintenance, in milliseconds. */
  readonly maintenanceIntervalMs?: number;
  /** Triggers that are made if there are none of their names. */
  readonly triggers?: readonly LocalTrigger[];
  /** Told of what triggers' functions do not take. */
  readonly onTriggerFailure?: (failure: TriggerFailure) => void;
  /** Told of errors that are faults of Millrace itself. */
  readonly onFault?: (error: unknown) => void;
}

export interface RunningServer {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly clusterId: string;
  /**
   * Resolves once every acknowledged write is on disk, and the folder is free unless a write hangs: maintenance under way ends with the
   * step it is at, and is waited for up to ten seconds.
   */
  close(): Promise<void>;
}

/** Thrown where the address cannot be listened on. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/**
 * @throws AddressError, or MillraceError STORAGE_ERROR where the folder cannot be used
 * @example const server = await startServer({ host: '127.0.0.1', port: 8082, dataFolder: '.millrace' });
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const store = await openEmbeddedStore(options.dataFolder);
  try {
    return await serve(store, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function serve(store: EmbeddedStore, options: ServerOptions): Promise<RunningServer> {
  const server = createAdaptorServer({
    fetch: async (request, { incoming }) =>
      refuseForeignPage(request, isLoopback(options.host)) ??
      (await serveSegmentFile(request, store.objectStore)) ??
      app.fetch(request, bodiesOf(incoming as IncomingMessage)),
  }) as Server;
  const address = await listen(server, options);
  const tailSignal = new LocalTailSignal();
  const target = new LocalTarget(new SystemClock());
  const { services, dispatcher } = compose({ store, address, tailSignal, target }, options);
  const app = createApp(services, { log: options.onFault });
  try {
    const clusterId = await services.clusterId.get();
    const maintenance = startMaintenance(services, store, options);
    // who gives the command may name what is on the machine
    const places = { ...services.triggers, refusalOfFunction: refusalOfLocalFunction };
    const triggerServices = { ...createGroupServices(services), ...places };
    for (const trigger of options.triggers ?? []) await ensureTrigger(triggerServices, trigger);
    dispatcher.begin();
    const parts = { server, store, tailSignal, maintenance, dispatcher, target };
    return { url: urlOf(address), clusterId, close: () => closeAll(parts) };
  } catch (error) {
    server.close();
    server.closeAllConnections();
    throw error;
  }
}

const bodiesOf = (incoming: IncomingMessage) => ({
  readGetBody: (limit: number) => readGetBody(incoming, limit),
  readStatedBody: (length: number) => readStatedBody(incoming, length),
});

interface Parts {
  readonly store: EmbeddedStore;
  readonly address: WorkerAddress;
  readonly tailSignal: LocalTailSignal;
  readonly target: LocalTarget;
}

interface Composed {
  readonly services: HttpServices;
  readonly dispatcher: TriggerDispatcher;
}

function compose({ store, address, tailSignal, target }: Parts, options: ServerOptions): Composed {
  const { onFault = () => {}, onTriggerFailure = () => {} } = options;
  const services = createLogServices({
    log: store.logTable,
    cluster: store.clusterTable,
    objects: store.objectStore,
    clock: new SystemClock(),
    random: new SystemRandom(),
    tailSignal,
    // the timer comes round far more often
    rollStarter: noRollStarter,
    settings: embeddedLogSettings,
  });
  const worker = new Worker(services, address);
  const places = {
    refusalOfFunction: isLoopback(options.host) ? refusalOfLocalFunction : refusalOfRemoteFunction,
    refusalOfDestination: () => ONLY_TOPICS,
  };
  const dispatcher = new TriggerDispatcher({
    services: {
      ...createGroupServices(services),
      ...places,
      target,
      destination: noDestination,
      bootstrapServers: new URL(urlOf(address)).host,
      longestPauseMs: LONGEST_PAUSE_MS,
      onTriggerFailure,
    },
    onFault,
  });
  return {
    services: {
      ...services,
      clusterId: new ClusterId(services),
      worker,
      replicationFactor: 1,
      triggers: { ...places, starter: dispatcher },
    },
    dispatcher,
  };
}

function startMaintenance(services: HttpServices, store: EmbeddedStore, options: ServerOptions): MaintenanceTimer {
  const { maintenanceIntervalMs = MAINTENANCE_INTERVAL_MS, onFault = () => {} } = options;
  const groups = createGroupServices(services);
  return new MaintenanceTimer({
    services: {
      ...services,
      manifests: services.logs.manifests,
      brokerId: services.worker.brokerId,
      maintenance: embeddedMaintenanceSettings,
    },
    sweepGroups: async deadline => (await sweepGroups(groups, { deadline })).failures,
    dropExpired: (now, isStopped) => store.dropExpired(now, isStopped),
    beSeen: () => services.worker.beSeen(),
    intervalMs: maintenanceIntervalMs,
    onFault,
  });
}

function listen(server: Server, { host, port }: ServerOptions): Promise<WorkerAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(new AddressError(reasonOf(error, host, port), { cause: error })));
    server.listen(port, host, () => resolve({ host, port: (server.address() as AddressInfo).port }));
  });
}

interface Closing {
  readonly server: Server;
  readonly store: EmbeddedStore;
  readonly tailSignal: LocalTailSignal;
  readonly maintenance: MaintenanceTimer;
  readonly dispatcher: TriggerDispatcher;
  readonly target: LocalTarget;
}

/**
 * Answers who waits for records, lets the requests under way end, then frees the folder. Another process that stands still
 * in the middle of a write holds the store up; what was acknowledged is on disk, so that is not waited for long.
 */
async function closeAll({ server, store, tailSignal, maintenance, dispatcher, target }: Closing): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  tailSignal.close();
  const idle = maintenance.stop();
  await Promise.race([dispatcher.stop(), pause(TRIGGERS_END_WITHIN_MS)]);
  await target.close();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS);
  await closed;
  clearTimeout(cut);
  await Promise.race([idle, pause(MAINTENANCE_ENDS_WITHIN_MS)]);
  await Promise.race([store.close(), pause(CLOSE_WITHIN_MS)]);
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms).unref());

const urlOf = ({ host, port }: WorkerAddress): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

function reasonOf(error: Error, host: string, port: number): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `port ${port} of ${host} is taken; give another with --port`;
  if (code === 'EACCES') return `port ${port} of ${host} needs more rights; give one above 1023 with --port`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${host} is no address of this machine; give one with --host`;
  return error.message;
}
