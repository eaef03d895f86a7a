/**
 * One simulated run: a function of its seed and options alone.
 */
import { createHash } from 'node:crypto';
import { MemoryItemTable } from '../../lib/adapters/memory/item-table.ts';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { awsLogSettings } from '../../lib/log/deps.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { type Anomaly, checkHistory } from '../history/check-history.ts';
import type { Operation } from '../history/history.ts';
import { drawRates, type FaultCounts, noFaults } from './faults.ts';
import { Schedule } from './schedule.ts';
import { SimWorker, type SimWorld } from './sim-worker.ts';
import { TopicLives } from './topic-lives.ts';
import { expireItems, moveLogStart, recreateTopic, type Stores, sweepObjects } from './upkeep.ts';
import { WorkerPool } from './worker-pool.ts';
import { type ClientDeps, fetchOnce, runProducer, runReader } from './workload.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Requests of all clients together, about. */
  readonly operations: number;
}

export interface SimulationResult {
  readonly anomalies: readonly Anomaly[];
  readonly history: readonly Operation[];
  readonly faults: FaultCounts;
  /** A hash of everything that happened. */
  readonly digest: string;
}

const EPOCH = 1_700_000_000_000;
const WORKERS = 4;

/** A state is believed for 30 s, and a client waits 30 s for an answer that rests on it. */
const LOG_START_BELIEVED_MS = 60_000;

const TOPICS = { one: 1, two: 2 };

export async function simulate({ seed, operations }: SimulationOptions): Promise<SimulationResult> {
  const random = new SeededRandom(seed);
  const schedule = new Schedule();
  const now = () => EPOCH + schedule.now;
  const stores: Stores = {
    log: new MemoryItemTable({ pageSizeInBytes: 2_000 }),
    cluster: new MemoryItemTable(),
    objects: new MemoryObjectStore({ now }),
    schedule,
    epoch: EPOCH,
  };
  const trace = createHash('sha256');
  const faults = noFaults();
  const world: SimWorld = {
    ...stores,
    random,
    counts: faults,
    rates: drawRates(random),
    settings: { ...awsLogSettings, inlineBytes: 500, inlineBytesAfterLoss: 300, defaultCodec: 'none' },
    skewMs: 1_000,
    trace: line => trace.update(`${schedule.now} ${line}\n`),
  };
  const history: Operation[] = [];
  await schedule.run(run({ world, stores, operations, history }));
  for (const operation of history) trace.update(JSON.stringify(operation));
  return {
    anomalies: checkHistory(history, { logStartBelievedMs: LOG_START_BELIEVED_MS }),
    history,
    faults,
    digest: trace.digest('hex'),
  };
}

interface RunParams {
  readonly world: SimWorld;
  readonly stores: Stores;
  readonly operations: number;
  readonly history: Operation[];
}

async function run({ world, stores, operations, history }: RunParams): Promise<void> {
  const calm: SimWorld = { ...world, rates: noFaults() };
  const topics = new TopicLives();
  const settled = new SimWorker(calm, 'calm');
  for (const [name, partitions] of Object.entries(TOPICS)) {
    await createTopic(settled.services, { name, partitions });
    topics.add(name, partitions);
  }
  const pool = new WorkerPool(world, WORKERS);
  const client = (name: string): ClientDeps => ({ name, pool, random: world.random, topics, history });
  const requests = Math.ceil(operations / 7);
  const clients = [
    ...['p1', 'p2'].map(name => runProducer(client(name), { requests, isIdempotent: false })),
    ...['i1', 'i2', 'i3'].map(name => runProducer(client(name), { requests, isIdempotent: true })),
    ...['r1', 'r2'].map(name => runReader(client(name), { requests })),
  ];
  let isOver = false;
  // a deletion that is given up and takes effect later would be the wrong life's
  const upkeep = keepUp({
    world,
    stores,
    client: { ...client('upkeep'), pool: new WorkerPool(calm, 1) },
    isOver: () => isOver,
  });
  await Promise.all(clients);
  isOver = true;
  await upkeep;
  await readAll({ ...client('last'), pool: new WorkerPool(calm, 1) });
}

interface UpkeepParams {
  readonly world: SimWorld;
  readonly stores: Stores;
  readonly client: ClientDeps;
  readonly isOver: () => boolean;
}

async function keepUp({ world, stores, client, isOver }: UpkeepParams): Promise<void> {
  const mayRecreate = world.random.float() < 0.3;
  while (!isOver()) {
    await client.pool.pause(client.random);
    const draw = client.random.float();
    if (draw < 0.05 && mayRecreate) await recreateTopic(client, 'two', TOPICS.two);
    else if (draw < 0.2) await moveLogStart(stores, client);
    else if (draw < 0.5) await expireItems(stores);
    else await sweepObjects(stores);
  }
}

/** Reads every log to its end once all faults are over: what was acknowledged must be there. */
async function readAll(client: ClientDeps): Promise<void> {
  for (const { topic, partition } of client.topics.all) {
    const log = client.topics.logOf(topic, partition) ?? '';
    let offset = client.topics.startOf(log);
    while (true) {
      const answer = await fetchOnce(client, { topic, partition }, offset);
      if (answer.outcome !== 'ok') throw new Error(`${log} cannot be read at ${offset}: ${answer.error}`);
      offset = answer.result.nextOffset;
      if (offset >= answer.result.highWatermark) break;
    }
  }
}
