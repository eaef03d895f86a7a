/** Local servers on one data folder, each behind a proxy of its own: killed and started again, frozen and thawed. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerProcess, startProcess } from '../support/server-process.ts';
import { LossyProxy } from './lossy-proxy.ts';
import { freeze, type Strike } from './storm.ts';
import { type Pace, type Target, type TargetOptions, TO_FUNCTION } from './target.ts';

const SERVERS = 2;

/**
 * Longer than a producer waits for an answer, up to longer than a member's session: what was given up, or is not the member's to ask any
 * more, is done afterwards.
 */
const FROZEN_FROM_MS = 2_000;
const FROZEN_TO_MS = 9_000;
const AWAY_MS = 1_000;

const LONGEST_DELAY_MS = 300;

/** Clients try for some six seconds, and on a busy machine a server takes nearly as long to start. */
const WAITS_MS = 2_000;

const pace: Pace = {
  recordsPerSecond: 600,
  recordsPerBatch: 20,
  inFlight: 8,
  memberSpeed: 600,
  timeoutMs: 1_500,
  calmTimeoutMs: 10_000,
  memberMaxWaitMs: 1_000,
  // the shortest that there is
  sessionMs: 6_000,
  functionTimeoutMs: 2_000,
  faultEveryMs: 3_500,
  readEveryMs: 150,
  segmentBytes: 8_000,
  settlesWithinMs: 120_000,
};

export async function startEmbedded({ folder, seed, functionUrl }: TargetOptions): Promise<Target> {
  const servers = new Servers(join(folder, 'data'));
  try {
    for (let index = 0; index < SERVERS; index++) await servers.start(index);
    const toServers = await Promise.all(
      Array.from({ length: SERVERS }, (_, index) =>
        LossyProxy.start({
          upstream: () => servers.urlOf(index),
          seed: seed + index,
          longestDelayMs: LONGEST_DELAY_MS,
          waitsMs: WAITS_MS,
        }),
      ),
    );
    const toFunction = await LossyProxy.start({
      upstream: () => functionUrl,
      seed: ~seed,
      longestDelayMs: LONGEST_DELAY_MS,
    });
    const proxies = { ...named(toServers), [TO_FUNCTION]: toFunction };
    return {
      urls: toServers.map(({ url }) => url),
      proxies,
      strikes: servers.strikes,
      pace,
      triggerFunction: toFunction.url,
      upkeep: async () => {},
      end: async () => {
        await Promise.all(Object.values(proxies).map(proxy => proxy.close()));
        await servers.end();
      },
    };
  } catch (error) {
    await servers.end();
    throw error;
  }
}

const named = (proxies: readonly LossyProxy[]) =>
  Object.fromEntries(proxies.map((proxy, index) => [`clients to server ${index}`, proxy]));

class Servers {
  readonly #dataFolder: string;
  readonly #running: ServerProcess[] = [];
  #last: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  urlOf(index: number): string {
    return this.#running[index]?.url ?? '';
  }

  async start(index: number): Promise<void> {
    const before = this.#running[index];
    const port = before ? ['--port', new URL(before.url).port] : [];
    const started = await startProcess(this.#dataFolder, ['--maintenance-interval-ms', '200', ...port]);
    this.#running[index] = started;
    if (this.#isOver) await started.stop('SIGKILL');
  }

  readonly strikes: Readonly<Record<string, Strike>> = {
    'server killed': (draw, tell) =>
      this.#alone(draw, async index => {
        tell(`server ${index}`);
        await this.#running[index]?.stop('SIGKILL');
        await sleep(AWAY_MS);
        await this.start(index);
      }),
    'server frozen': (draw, tell) =>
      this.#alone(draw, async index => {
        tell(`server ${index}`);
        await freeze(signal => this.#running[index]?.process.kill(signal), frozenMs(draw));
      }),
  };

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running.filter(isRunning).map(server => server.stop('SIGKILL')));
  }

  /** After whatever befalls another: a server that is started waits for one that stands still, and clients wait for neither so long. */
  #alone(draw: number, strike: (index: number) => Promise<void>): Promise<void> {
    const index = Math.floor(draw * SERVERS);
    const struck = this.#last.then(() => (this.#isOver ? undefined : strike(index)));
    this.#last = struck.catch(() => {});
    return struck;
  }
}

/** Whom it befalls is drawn from the same number; its last digits say for how long. */
const frozenMs = (draw: number): number => FROZEN_FROM_MS + (FROZEN_TO_MS - FROZEN_FROM_MS) * ((draw * 1_000) % 1);

const isRunning = ({ process }: ServerProcess) => process.exitCode === null && process.signalCode === null;
