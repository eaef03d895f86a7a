/** The load against a server in this process, where nothing fails. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { type RunningServer, startServer } from '../../lib/embedded/server.ts';
import { named, type Operation } from './history.ts';
import { runLoad } from './http-load.ts';
import { countOperations } from './report.ts';

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-load-'));
  server = await startServer({ host: '127.0.0.1', port: 0, dataFolder: folder });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function load(topic: string, seed: number, over = new AbortController().signal): Promise<readonly Operation[]> {
  await new MillraceClient({ url: server.url }).createTopic({ topic, partitions: 2 });
  const { history } = await runLoad({
    servers: () => [server.url],
    clusterId: server.clusterId,
    seed,
    topic,
    partitions: 2,
    clients: ['plain', 'idempotent', 'pipelined', 'replaced', 'partition-reader', 'topic-reader'],
    requests: 10,
    maxWaitMs: 20,
    over,
    timeoutMs: 10_000,
    calmTimeoutMs: 10_000,
  });
  return history;
}

/** Each value once, whatever its retries, and those of a producer that may be fenced on the way not at all. */
const sentIn = (history: readonly Operation[]) =>
  new Set(
    named(history, 'produce')
      .filter(({ client }) => !client.startsWith('replaced'))
      .map(({ values }) => values.join()),
  );

describe('a load', () => {
  it('sends the same with the same seed, and something else with another', async () => {
    const [first, again, other] = [await load('first', 7), await load('again', 7), await load('other', 8)];
    expect(sentIn(again)).toEqual(sentIn(first));
    expect(sentIn(other)).not.toEqual(sentIn(first));
  });

  it('only appends to and reads each partition in the end where it is over before it began', async () => {
    const counts = countOperations(await load('over', 1, AbortSignal.abort()));
    expect([...counts]).toEqual([
      ['produce', { ok: 2, failed: 0, unknown: 0 }],
      ['fetch', { ok: 2, failed: 0, unknown: 0 }],
    ]);
  });
});
