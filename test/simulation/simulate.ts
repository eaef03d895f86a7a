/**
 * One simulated run: a function of its seed and options alone.
 *
 * Clients send to workers that fail in every way while topics come and go and what is old is swept. Then all faults end, and
 * every log must be writable and readable through every worker that is left.
 */
import { createHash } from 'node:crypto';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { awsLogSettings } from '../../lib/log/deps.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import type { Anomaly } from '../history/anomaly.ts';
import { checkHistory } from '../history/check-history.ts';
import type { Operation } from '../history/history.ts';
import { configOf, newCompaction } from './compaction.ts';
import type { CompactionCounts } from './compaction-counts.ts';
import { type FaultCounts, noFaults } from './faults.ts';
import { consumeAll } from './group-end.ts';
import { runInstance } from './group-instances.ts';
import { runMember } from './group-members.ts';
import type { GroupScenario } from './group-scenario.ts';
import { runGroupUpkeep } from './group-upkeep.ts';
import { Nights } from './nights.ts';
import { NoticedLog } from './noticed-log.ts';
import { produce, runIdempotentProducer, runPlainProducer } from './producers.ts';
import { fetch, runReader } from './readers.ts';
import { RivalOwners } from './rival-owners.ts';
import { scenarioOf } from './scenario-of.ts';
import { Schedule } from './schedule.ts';
import { type ClientDeps, SimClient } from './sim-client.ts';
import type { SimWorker } from './sim-worker.ts';
import { DAY, MINUTE, SECOND } from './time.ts';
import { type Place, TopicLives } from './topic-lives.ts';
import { drainTrigger, lookAtProgress, spendQuiet } from './trigger-end.ts';
import { TriggerHost } from './trigger-host.ts';
import { TriggerOwner } from './trigger-owner.ts';
import { runRival, runTriggerUpkeep } from './trigger-upkeep.ts';
import { placeOf } from './truth.ts';
import { keepUp, MORTAL_TOPIC, maintainToo } from './upkeep.ts';
import { WatchedTable } from './watched-table.ts';
import { WorkerPool } from './worker-pool.ts';
import { trueTime, type World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Requests of all clients together, about; retries not counted. */
  readonly operations: number;
}

export interface SimulationResult {
  readonly anomalies: readonly Anomaly[];
  readonly history: readonly Operation[];
  readonly faults: FaultCounts;
  readonly compaction: CompactionCounts;
  /** A hash of everything that happened. */
  readonly digest: string;
}

/** A state is believed for 30 s, and a client waits 30 s for an answer that rests on it. */
const LOG_START_BELIEVED_MS = MINUTE;

/** Less than the life of a producer's cell. */
const PRODUCER_FORGOTTEN_MS = 25 * DAY;

/** Less than the head of a dead group is kept. */
const GROUP_FORGOTTEN_MS = 25 * DAY;

const TOPICS = { one: 1, [MORTAL_TOPIC]: 2 };

export async function simulate({ seed, operations }: SimulationOptions): Promise<SimulationResult> {
  const trace = createHash('sha256');
  const world = createWorld(seed, trace);
  const history: Operation[] = [];
  let calmFrom = Number.POSITIVE_INFINITY;
  const becomeCalm = () => {
    calmFrom = world.schedule.now;
    world.isCalm = true;
  };
  await world.schedule.run(run({ world, operations, history, becomeCalm }));
  for (const operation of history) trace.update(JSON.stringify(operation));
  return {
    anomalies: checkHistory(history, {
      logStartBelievedMs: LOG_START_BELIEVED_MS,
      producerForgottenMs: PRODUCER_FORGOTTEN_MS,
      groupForgottenMs: GROUP_FORGOTTEN_MS,
      startsAreRecorded: true,
      compacted: world.compaction.settings,
      calmFrom,
    }),
    history,
    faults: world.faults,
    compaction: world.compaction.counts,
    digest: trace.digest('hex'),
  };
}

function createWorld(seed: number, trace: { update(text: string): unknown }): World {
  const random = new SeededRandom(seed);
  const scenario = scenarioOf(seed, random);
  const schedule = new Schedule();
  return {
    schedule,
    random,
    scenario,
    compaction: newCompaction(scenario),
    nights: new Nights(schedule, random),
    log: new NoticedLog({ pageSizeInBytes: 2_000 }),
    cluster: new WatchedTable(),
    objects: new MemoryObjectStore({ now: () => trueTime(schedule) }),
    settings: {
      ...awsLogSettings,
      inlineBytes: 500,
      inlineBytesAfterLoss: 300,
      defaultCodec: 'none',
      segmentsListed: 4,
    },
    faults: noFaults(),
    isCalm: true,
    triggers: undefined,
    trace: line => trace.update(`${schedule.now} ${line}\n`),
  };
}

interface RunParams {
  readonly world: World;
  readonly operations: number;
  readonly history: Operation[];
  readonly becomeCalm: () => void;
}

async function run({ world, operations, history, becomeCalm }: RunParams): Promise<void> {
  const topics = new TopicLives(TOPICS);
  const pool = new WorkerPool(world, world.scenario.workers);
  const { services } = pool.make();
  for (const [name, partitions] of Object.entries(TOPICS)) {
    await createTopic(services, { name, partitions, config: configOf(world, name) });
  }
  const deps = { world, pool, topics, history };
  const triggered = await beginTrigger(deps);
  recordLogStarts(deps);
  const clients = createClients(deps, triggered);
  const progress = () => clients.reduce((sum, { client }) => sum + client.asked, 0);
  let isOver = false;
  const progressUntilOver = () => (isOver ? 'over' : progress());
  const upkeep = Promise.all([
    keepUp(new SimClient(deps, 'upkeep', false), world, progressUntilOver),
    maintainToo(new SimClient(deps, 'upkeep-too', false), world, progressUntilOver),
  ]);
  // thrown where it is awaited
  upkeep.catch(() => undefined);
  world.isCalm = false;
  const requests = Math.ceil(operations / clients.length);
  await Promise.all(clients.map(({ run }) => run(requests)));
  isOver = true;
  await upkeep;
  becomeCalm();
  for (const worker of pool.workers) worker.setRight();
  world.nights.endWaiting();
  // before anything else wakes it
  if (triggered) await drainTrigger({ client: new SimClient(deps, 'drain'), world, pool, ...triggered });
  await useEveryWorker(new SimClient(deps, 'calm'), pool);
  await readAll(new SimClient(deps, 'last'), pool.make());
  const { group, skewMs } = world.scenario;
  // clocks further apart take members out that live
  if (group && skewMs <= SECOND) await consumeAll(new SimClient(deps, 'consumer'), world, group);
}

interface Triggered {
  readonly host: TriggerHost;
  readonly owner: TriggerOwner | RivalOwners;
}

/** The trigger of a run, if it has one: it is there before anything can fail, or made in the midst of it. */
async function beginTrigger(deps: ClientDeps): Promise<Triggered | undefined> {
  const { world } = deps;
  const { trigger } = world.scenario;
  if (!trigger) return undefined;
  const host = new TriggerHost(world, trigger, deps);
  world.triggers = host;
  const owner = new (trigger.lives ? RivalOwners : TriggerOwner)(trigger, Object.keys(TOPICS));
  if (!trigger.isMadeLate) await owner.make(new SimClient(deps, 'owner'));
  return { host, owner };
}

/** Writes down every move of a log's start when it takes effect, whoever asked for it. */
function recordLogStarts({ world, topics, history }: ClientDeps): void {
  const starts = new Map<string, number>();
  world.cluster.onState = (logKey, { logStartOffset, deleted }) => {
    if (deleted || logStartOffset <= (starts.get(logKey) ?? 0)) return;
    starts.set(logKey, logStartOffset);
    const place = placeOf(world, logKey);
    if (!place) return;
    const now = world.schedule.now;
    const answer = { outcome: 'ok', result: {} } as const;
    const operation = { operation: 'deleteRecords', log: topics.logOf(place), offset: logStartOffset } as const;
    history.push({ client: 'state', ...operation, start: now, end: now, answer });
  };
}

interface Running {
  readonly client: SimClient;
  readonly run: (requests: number) => Promise<void>;
}

function createClients(deps: ClientDeps, triggered: Triggered | undefined): readonly Running[] {
  const { scenario } = deps.world;
  const several = (kind: string, count: number, run: (client: SimClient, requests: number) => Promise<void>) =>
    Array.from({ length: count }, (_, index) => {
      const client = new SimClient(deps, `${kind}${index}`);
      return { client, run: (requests: number) => run(client, requests) };
    });
  const ids: number[] = [];
  return [
    ...several('p', scenario.plainProducers, (client, requests) => runPlainProducer(client, { ...scenario, requests })),
    ...several('i', scenario.idempotentProducers, (client, requests) =>
      runIdempotentProducer(client, { ...scenario, requests, ids }),
    ),
    ...several('r', scenario.readers, (client, requests) => runReader(client, { requests })),
    ...(scenario.group ? groupClients(scenario.group, several) : []),
    ...(triggered ? triggerClients(deps, triggered, several) : []),
  ];
}

type Several = (
  kind: string,
  count: number,
  run: (client: SimClient, requests: number) => Promise<void>,
) => readonly Running[];

const groupClients = (group: GroupScenario, several: Several): readonly Running[] => [
  ...several('m', group.members, (client, requests) => runMember(client, group, requests)),
  ...several('n', group.instances, (client, requests) => runInstance(client, group, requests)),
  ...several('o', 1, (client, requests) => runGroupUpkeep(client, group, requests)),
];

function triggerClients(deps: ClientDeps, triggered: Triggered, several: Several): readonly Running[] {
  const { owner } = triggered;
  if (owner instanceof RivalOwners) {
    return several('t', owner.scenario.lives?.owners ?? 1, (client, requests) => runRival(client, owner, requests));
  }
  const drain = { ...deps, client: new SimClient(deps, 'quiet'), ...triggered };
  const params = { owner, quiet: () => spendQuiet(drain), look: () => lookAtProgress(drain) };
  return several('t', 1, (client, requests) => runTriggerUpkeep(client, { ...params, requests }));
}

/** Every worker that is left takes a record of every log, and knows where the log ends. */
async function useEveryWorker(client: SimClient, pool: WorkerPool): Promise<void> {
  for (const worker of pool.serving) {
    for (const place of client.topics.places) {
      const values = [`calm-${worker.name}-${place.topic}-${place.partition}`];
      const answer = await produce(client, place, { values, keys: ['calm'] }, worker);
      if (answer.outcome === 'ok') await fetch(client, [{ ...place, offset: answer.result.baseOffset }], worker);
    }
  }
}

/** Reads every log from its start to its end. */
async function readAll(client: SimClient, worker: SimWorker): Promise<void> {
  for (const place of client.topics.places) await readLog(client, place, worker);
}

async function readLog(client: SimClient, place: Place, worker: SimWorker): Promise<void> {
  let offset = await client.logStartOf(place);
  while (true) {
    const [answer] = await fetch(client, [{ ...place, offset }], worker);
    if (answer?.outcome !== 'ok' || answer.result.nextOffset >= answer.result.highWatermark) return;
    offset = answer.result.nextOffset;
  }
}
