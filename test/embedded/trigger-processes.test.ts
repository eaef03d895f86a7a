/** `millrace start --trigger` as developers run it: what is printed, what is loaded again, and what a kill leaves. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProcess, type ServerProcess, startProcess } from '../support/server-process.ts';

let folder: string;
let running: ServerProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-triggers-'));
});

afterEach(async () => {
  await Promise.all(running.filter(isRunning).map(server => server.stop('SIGKILL')));
  running = [];
  await rm(folder, { recursive: true, force: true });
});

const isRunning = ({ process }: ServerProcess) => process.exitCode === null && process.signalCode === null;

const file = (name: string) => join(folder, name);
const write = (name: string, text: string) => writeFile(file(name), text);

async function start(...triggers: readonly string[]): Promise<ServerProcess> {
  const server = await startProcess(
    join(folder, 'data'),
    triggers.flatMap(trigger => ['--trigger', trigger]),
  );
  running.push(server);
  return server;
}

async function ask(
  server: ServerProcess,
  path: string,
  { method = 'POST', body }: { method?: string; body?: unknown },
) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}

async function v3Of({ url }: ServerProcess): Promise<string> {
  const { data } = (await (await fetch(`${url}/v3/clusters`)).json()) as { readonly data: { cluster_id: string }[] };
  return `/v3/clusters/${data[0]?.cluster_id}`;
}

async function createTopic(server: ServerProcess, topic = 'click', partitions = 1): Promise<void> {
  await ask(server, `${await v3Of(server)}/topics`, { body: { topic_name: topic, partitions_count: partitions } });
}

async function produce(server: ServerProcess, values: readonly unknown[], topic = 'click'): Promise<void> {
  const headers = { 'content-type': 'application/vnd.kafka.json.v2+json' };
  const body = JSON.stringify({ records: values.map(value => ({ value, partition: 0 })) });
  expect((await fetch(`${server.url}/topics/${topic}`, { method: 'POST', headers, body })).status).toBe(200);
}

async function until<T>(look: () => T | Promise<T>, isSo: (seen: T) => boolean, withinMs = 20_000): Promise<T> {
  for (const began = performance.now(); ; await setTimeout(30)) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() - began > withinMs) throw new Error(`still: ${String(seen)}`);
  }
}

const printed = (server: ServerProcess, text: string | RegExp, withinMs?: number) =>
  until(server.output, output => (typeof text === 'string' ? output.includes(text) : text.test(output)), withinMs);

/** Prints each value, with what the version of the file says. */
const printing = (version: string) => `
  import type { SelfManagedKafkaEvent } from 'aws-lambda';
  export const handler = async (event: SelfManagedKafkaEvent) => {
    for (const { offset, value } of Object.values(event.records).flat()) {
      const text = Buffer.from(value, 'base64').toString();
      if (text.includes('bad')) throw new TypeError('cannot take ' + text);
      console.log('${version}', offset, text);
    }
  };`;

/** Writes down each record that it is given, and takes its time. */
const writing = (ms = 0) => `
  import { appendFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  export const handler = async (event: { records: Record<string, { offset: number }[]> }) => {
    for (const { offset } of Object.values(event.records).flat()) {
      appendFileSync(${JSON.stringify(file('seen'))}, process.pid + ' ' + offset + '\\n');
      await setTimeout(${ms});
    }
  };`;

interface Seen {
  readonly pid: number;
  readonly offset: number;
}

async function seen(): Promise<readonly Seen[]> {
  const text = await readFile(file('seen'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter(line => line !== '');
  return lines.map(line => line.split(' ').map(Number)).map(([pid = 0, offset = 0]) => ({ pid, offset }));
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const offsetsOf = (all: readonly Seen[]) => [...new Set(all.map(({ offset }) => offset))].sort((a, b) => a - b);

describe('a handler file', { timeout: 100_000 }, () => {
  it('is run on what its topic gets, which may be created later, and says which trigger it is', async () => {
    const server = await start(`click=${join(import.meta.dirname, '../../examples/triggers/print-clicks.ts')}`);
    expect(server.output()).toMatch(/trigger click-print-clicks: click invokes file:\/\/\S+print-clicks\.ts/);
    await createTopic(server);
    await produce(server, [{ page: '/' }]);
    await printed(server, 'click-0 offset 0: - {"page":"/"}');
  });

  it('has an error printed with where its records are, and goes on once it is mended, or what it imports', async () => {
    await write('handler.ts', printing('first'));
    const server = await start(`click=${file('handler.ts')}`);
    await createTopic(server);
    await produce(server, ['fine']);
    await printed(server, 'first 0 "fine"');
    await produce(server, ['bad']);
    await printed(
      server,
      /trigger click-handler failed on click-0 offset 1, attempt 1: TypeError: cannot take "bad"\n {4}at handler \(file:\S+handler\.ts/,
    );
    await write('say.ts', "export const say = (...all: unknown[]) => console.log('second', ...all);");
    await write(
      'handler.ts',
      printing('')
        .replace("console.log('',", 'say(')
        .replace("'bad'", "'worse'")
        .replace('export', "import { say } from './say.ts'; export"),
    );
    await printed(server, 'second 1 "bad"');
    await write('say.ts', "export const say = (...all: unknown[]) => console.log('third', ...all);");
    await produce(server, ['fine']);
    await printed(server, 'third 2 "fine"');
    expect(server.output()).not.toContain('handler-worker');
  });

  it('that is not there is said to be missing, and is run once it is', async () => {
    const server = await start(`click=${file('later.ts')}`);
    await createTopic(server);
    await produce(server, ['a']);
    await printed(server, `trigger click-later failed on click-0 offset 0: there is no file ${file('later.ts')}`);
    await write('later.ts', printing('later'));
    await printed(server, 'later 0 "a"');
  });

  it.each([
    ['throws as it is loaded', "throw new Error('at import');", /click-0 offset 0: Error: at import\n/],
    ['has no such export', 'export const other = 1;', /click-0 offset 0: Error: the module exports no function/],
    [
      'ends its process',
      'export const handler = () => process.exit(3);',
      /offset 0, attempt 1: the handler ended its thread, with exit code 3/,
    ],
  ])('that %s is told so, and the server goes on', async (_name, text, expected) => {
    await write('handler.ts', text);
    const server = await start(`click=${file('handler.ts')}`);
    await createTopic(server);
    await produce(server, ['a']);
    await printed(server, expected);
    await write('handler.ts', printing('mended'));
    await printed(server, 'mended 0 "a"');
  });

  it('may have several triggers, by the names of its exports and for several topics', async () => {
    const say = (name: string) =>
      `export const ${name} = (event: any) => console.log('${name}', Object.keys(event.records)[0]);`;
    await write('handler.ts', say('one') + say('two'));
    const path = file('handler.ts');
    const server = await start(`click=${path}#one`, `click=${path}#two`, `view=${path}#one`);
    for (const topic of ['click', 'view']) {
      await createTopic(server, topic);
      await produce(server, ['a'], topic);
    }
    for (const text of ['one click-0', 'two click-0', 'one view-0']) await printed(server, text);
    expect(server.output()).not.toContain('two view-0');
  });

  it('in an endless loop keeps no other from running', async () => {
    await write('loop.ts', 'export const handler = () => { for (;;); };');
    await write('other.ts', printing('other'));
    const server = await start(`click=${file('loop.ts')}`, `click=${file('other.ts')}`);
    await createTopic(server);
    await produce(server, ['a']);
    await printed(server, 'other 0 "a"');
  });

  it.each([
    [['click'], 'expected <topic>=<path of a module, or a URL>'],
    [['a/b=./handler.ts'], 'INVALID_TOPIC_EXCEPTION'],
    [['click=./a/handler.ts', 'click=./b/handler.ts'], 'would both be trigger click-handler'],
  ])('given as %j is refused before anything is begun', async (triggers, reason) => {
    const { status, output } = await runProcess(triggers.flatMap(trigger => ['--trigger', trigger]));
    expect([status, output]).toEqual([1, expect.stringContaining(reason)]);
  });
});

describe('a stop', { timeout: 100_000 }, () => {
  it.each([
    ['waits', 'export const handler = () => { console.log("begun"); return new Promise(() => {}); };'],
    [
      'is in an endless loop',
      'import { writeSync } from "node:fs"; export const handler = () => { writeSync(1, "begun\\n"); for (;;); };',
    ],
    ['fails again and again', 'export const handler = () => { console.log("begun"); throw new Error("no"); };'],
  ])(
    'comes at once where a handler %s, and the next start goes on with its records',
    async (_name, text) => {
      await write('handler.ts', text);
      const server = await start(`click=${file('handler.ts')}`);
      await createTopic(server);
      await produce(server, ['a']);
      await printed(server, 'begun');
      const began = performance.now();
      expect(await server.stop('SIGINT')).toBe(0);
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(server.output()).not.toContain('the server was stopped');
      await write('handler.ts', printing('next'));
      // its lease was given back
      await printed(await start(`click=${file('handler.ts')}`), 'next 0 "a"', 10_000);
    },
    40_000,
  );
});

describe('a server that is killed in the middle of an event', { timeout: 100_000 }, () => {
  it('loses nothing: another goes on where it was, once its lease is over', async () => {
    await write('handler.ts', writing(5));
    const server = await start(`click=${file('handler.ts')}`);
    await createTopic(server);
    const v3 = await v3Of(server);
    // a lease of 31 seconds
    const settings = { function_timeout_in_seconds: 1, batch_size: 20 };
    await ask(server, `${v3}/triggers/click-handler`, { method: 'PATCH', body: settings });
    await produce(server, numbers(0, 300));
    await until(seen, all => all.length > 70);
    await server.stop('SIGKILL');
    const before = await seen();
    await write('handler.ts', writing());
    await start(`click=${file('handler.ts')}`);
    const all = await until(seen, some => offsetsOf(some).length === 300, 60_000);
    expect(offsetsOf(all)).toEqual(numbers(0, 300));
    // what was committed does not come again: one event at most does, record by record
    const after = all.slice(before.length).map(({ offset }) => offset);
    const [first = 0] = after;
    expect(after).toEqual(numbers(first, 300));
    const last = before.at(-1)?.offset ?? 0;
    expect(first).toBeLessThanOrEqual(last + 1);
    expect(first).toBeGreaterThan(last - 20);
  });
});

describe('two servers on one folder', { timeout: 100_000 }, () => {
  it('run each record once, in order, as long as none is killed', async () => {
    await write('handler.ts', writing());
    const servers = await Promise.all([start(`click=${file('handler.ts')}`), start(`click=${file('handler.ts')}`)]);
    await createTopic(servers[0] as ServerProcess);
    for (let round = 0; round < 30; round++) {
      await produce(servers[round % 2] as ServerProcess, numbers(0, 10));
      await setTimeout(20);
    }
    await until(seen, all => all.length >= 300);
    await setTimeout(1_500);
    expect((await seen()).map(({ offset }) => offset)).toEqual(numbers(0, 300));
  });
});
