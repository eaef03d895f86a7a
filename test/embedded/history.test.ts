/** A load of the embedded server whose history is checked: several processes on one folder, killed and frozen meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SegmentPage } from '../../lib/client/api-shapes.ts';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { type ClientKind, runLoad } from '../history/http-load.ts';
import { countOperations, expectNoAnomaly, failuresOf } from '../history/report.ts';
import { type ServerProcess, startProcess } from '../support/server-process.ts';

const PARTITIONS = 2;

const clients: readonly ClientKind[] = [
  'plain',
  'plain',
  'idempotent',
  'idempotent',
  'pipelined',
  'pipelined',
  'replaced',
  'replaced',
  'partition-reader',
  'partition-reader',
  'topic-reader',
];

const expectedFailures: ReadonlySet<string> = new Set([
  'BROKER_NOT_AVAILABLE',
  'COORDINATOR_NOT_AVAILABLE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
]);

let folder: string;
let running: ServerProcess[] = [];
/** One in each place; one that was killed is followed by another with its own URL. */
let servers: ServerProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-history-'));
  const starting = [start(), start(), start()];
  // all are heard out, so that none is left running where another did not start
  await Promise.allSettled(starting);
  servers = await Promise.all(starting);
});

afterEach(async () => {
  await Promise.all(running.filter(isRunning).map(server => server.stop('SIGKILL')));
  running = [];
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<ServerProcess> {
  const server = await startProcess(folder, ['--maintenance-interval-ms', '50']);
  running.push(server);
  return server;
}

const isRunning = ({ process }: ServerProcess) => process.exitCode === null && process.signalCode === null;

const server = (place: number) => servers[place] as ServerProcess;

/** Its clients see connections break, and then nobody there. */
async function kill(place: number): Promise<void> {
  await server(place).stop('SIGKILL');
  await sleep(200);
  servers[place] = await start();
}

/** Its clients hear nothing; what they sent meanwhile, and gave up, it may do afterwards. */
async function freeze(place: number, ms: number): Promise<void> {
  const { process } = server(place);
  process.kill('SIGSTOP');
  try {
    await sleep(ms);
  } finally {
    process.kill('SIGCONT');
  }
}

/** Each is killed once and frozen once; an opening store meets a frozen one. */
const storm: readonly (() => Promise<unknown>)[] = [
  () => kill(0),
  () => freeze(1, 900),
  () => kill(2),
  () => Promise.all([freeze(0, 900), kill(1)]),
  () => freeze(2, 1_200),
];

/** One after the other, with time to recover in between. */
async function rage(): Promise<void> {
  await sleep(500);
  for (const strike of storm) {
    await strike();
    await sleep(400);
  }
}

/** Offsets that stand in segments, however many those were merged to. */
async function countRolled(clusterId: string): Promise<number> {
  let rolled = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const path = `/v3/clusters/${clusterId}/topics/load/partitions/${partition}/segments`;
    const { data } = (await (await fetch(server(0).url + path)).json()) as SegmentPage;
    for (const { base_offset, last_offset } of data) rolled += last_offset - base_offset + 1;
  }
  return rolled;
}

it('three servers on one folder keep every promise while they roll, and are killed and frozen under load', async () => {
  const client = new MillraceClient({ url: server(0).url });
  // rolled all the while: most of what is read comes from segments
  await client.createTopic({ topic: 'load', partitions: PARTITIONS, config: { 'segment.bytes': '5000' } });
  const over = new AbortController();
  const loading = runLoad({
    servers: () => servers.map(({ url }) => url),
    clusterId: await client.clusterId(),
    seed: 1,
    topic: 'load',
    partitions: PARTITIONS,
    clients,
    requests: 10_000,
    maxWaitMs: 200,
    over: over.signal,
    timeoutMs: 600,
    calmTimeoutMs: 10_000,
  });
  const raging = rage().finally(() => over.abort());
  // each is heard out, so that no server is started once the test has ended
  await Promise.allSettled([loading, raging]);
  await raging;
  const { history, calmFrom } = await loading;

  expectNoAnomaly(history, { calmFrom, startsAreRecorded: true });
  expect(await countRolled(await client.clusterId())).toBeGreaterThan(200);
  const counts = countOperations(history);
  expect(counts.get('produce')?.ok).toBeGreaterThan(200);
  expect(counts.get('produce')?.unknown).toBeGreaterThan(10);
  expect(counts.get('fetch')?.ok).toBeGreaterThan(200);
  // nobody was refused for good, but those who were replaced
  const failures = failuresOf(history, 'produce');
  expect(failures).toContain('INVALID_PRODUCER_EPOCH');
  expect([...failures].filter(code => !expectedFailures.has(code))).toEqual([]);
}, 60_000);
