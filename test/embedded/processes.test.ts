/** The embedded server as processes: killed at any moment, several on one folder, and started where it cannot run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProcess, type ServerProcess, startProcess } from '../support/server-process.ts';

let folder: string;
let running: ServerProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-processes-'));
});

afterEach(async () => {
  await Promise.all(running.filter(isRunning).map(server => server.stop('SIGKILL')));
  running = [];
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<ServerProcess> {
  const server = await startProcess(folder);
  running.push(server);
  return server;
}

const isRunning = ({ process }: ServerProcess) => process.exitCode === null && process.signalCode === null;

const json = (body: unknown, type = 'application/json') => ({
  method: 'POST',
  headers: { 'content-type': type },
  body: JSON.stringify(body),
});

async function clusterOf({ url }: ServerProcess): Promise<string> {
  const { data } = (await (await fetch(`${url}/v3/clusters`)).json()) as { data: { cluster_id: string }[] };
  return data[0]?.cluster_id ?? '';
}

async function createTopic(server: ServerProcess): Promise<void> {
  const topics = `${server.url}/v3/clusters/${await clusterOf(server)}/topics`;
  const { status } = await fetch(topics, json({ topic_name: 't', partitions_count: 1 }));
  expect(status).toBe(201);
}

/** Acknowledged values by their offset. */
type Acknowledged = Map<number, string>;

/** Sends records one after the other until the server is gone; keeps what it acknowledged. */
async function sendUntilGone({ url }: ServerProcess, name: string, acknowledged: Acknowledged): Promise<void> {
  for (let index = 0; ; index++) {
    const value = `${name}-${index}`;
    const body = json({ records: [{ value }] }, 'application/vnd.kafka.json.v2+json');
    try {
      const answer = await fetch(`${url}/topics/t/partitions/0`, body);
      const { offsets } = (await answer.json()) as { offsets: { offset: number }[] };
      acknowledged.set(offsets[0]?.offset ?? -1, value);
    } catch {
      return;
    }
  }
}

/** All records of the partition, by offset; fails on a gap. */
async function readAll({ url }: ServerProcess): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (let next = 0; ; ) {
    const path = `${url}/topics/t/partitions/0/records?offset=${next}&timeout=0&max_bytes=1000000`;
    const answer = await fetch(path, { headers: { accept: 'application/vnd.kafka.json.v2+json' } });
    const records = (await answer.json()) as { offset: number; value: string }[];
    if (records.length === 0) return found;
    for (const { offset, value } of records) {
      expect(offset).toBe(next++);
      found.set(offset, value);
    }
  }
}

describe('a server killed with SIGKILL', () => {
  it('has every acknowledged record when it is started again, and its offsets go on dense', async () => {
    const acknowledged: Acknowledged = new Map();
    await createTopic(await start());
    for (const round of [0, 1, 2, 3]) {
      const server = running.at(-1) as ServerProcess;
      const senders = Array.from({ length: 8 }, (_, index) => sendUntilGone(server, `${round}.${index}`, acknowledged));
      // in the middle of the work, however slow the machine is
      const before = acknowledged.size;
      while (acknowledged.size < before + 30) await new Promise(resolve => setTimeout(resolve, 5));
      await new Promise(resolve => setTimeout(resolve, Math.random() * 200));
      await server.stop('SIGKILL');
      await Promise.all(senders);
      const found = await readAll(await start());
      expect([...acknowledged].filter(([offset, value]) => found.get(offset) !== value)).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThan(100);
  }, 60_000);
});

describe('four servers on one folder', () => {
  it('make one cluster id when all start at once on an empty folder', async () => {
    const servers = await Promise.all([start(), start(), start(), start()]);
    expect(new Set(await Promise.all(servers.map(clusterOf))).size).toBe(1);
  });

  it('keep one partition dense and lose nothing when each appends as fast as it can', async () => {
    const servers = await Promise.all([start(), start(), start(), start()]);
    await createTopic(servers[0] as ServerProcess);
    const acknowledged = servers.map(() => new Map<number, string>());
    const senders = servers.flatMap((server, index) =>
      ['a', 'b', 'c', 'd'].map(name => sendUntilGone(server, `${index}${name}`, acknowledged[index] as Acknowledged)),
    );
    await new Promise(resolve => setTimeout(resolve, 2_000));
    await Promise.all(servers.map(server => server.stop('SIGTERM')));
    await Promise.all(senders);
    const found = await readAll(await start());
    const all = acknowledged.flatMap(each => [...each]);
    expect(new Set(all.map(([offset]) => offset)).size).toBe(all.length);
    expect(all.filter(([offset, value]) => found.get(offset) !== value)).toEqual([]);
    expect(all.length).toBeGreaterThan(100);
  }, 60_000);
});

describe('a stop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s ends the process with status 0', async signal => {
    expect(await (await start()).stop(signal)).toBe(0);
  });
});

it('a stop answers a reader that waits for records', async () => {
  const server = await start();
  await createTopic(server);
  const waiting = fetch(`${server.url}/topics/t/partitions/0/records?offset=0&timeout=20000&max_bytes=1000`);
  await new Promise(resolve => setTimeout(resolve, 300));
  const [answer, status] = await Promise.all([waiting, server.stop('SIGTERM')]);
  expect([answer.status, await answer.json(), status]).toEqual([200, [], 0]);
});

describe('a start that cannot be', () => {
  it('says that the port is taken', async () => {
    const port = new URL((await start()).url).port;
    const { status, output } = await runProcess(['--port', port, '--data', folder]);
    expect(status).toBe(1);
    expect(output).toBe(`millrace: port ${port} of 127.0.0.1 is taken; give another with --port\n`);
  });

  it('says that the folder is a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { status, output } = await runProcess(['--port', '0', '--data', file]);
    expect(status).toBe(1);
    expect(output).toMatch(new RegExp(`^millrace: .*${file}`));
  });

  it('says that a newer version wrote the folder', async () => {
    await (await start()).stop('SIGTERM');
    await writeFile(join(folder, 'format-version'), '1\n');
    const { status, output } = await runProcess(['--port', '0', '--data', folder]);
    expect(status).toBe(1);
    expect(output).toContain('format version 1');
  });

  it.each(['-1', '65536', '0x50', ''])('refuses port %o', async port => {
    const { status, output } = await runProcess([`--port=${port}`, '--data', folder]);
    expect(status).toBe(1);
    expect(output).toContain('expected a port, 0 to 65535');
  });
});
