/** `npm run check:history`, as a process. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromJsonl, type Operation, toJsonl } from './history.ts';
import { expectNoAnomaly } from './report.ts';

const sent: Operation = {
  operation: 'produce',
  client: 'p',
  log: 'l',
  start: 1,
  end: 2,
  values: ['a'],
  answer: { outcome: 'ok', result: { baseOffset: 0 } },
};
const read = (values: readonly string[]) =>
  ({
    operation: 'fetch',
    client: 'r',
    log: 'l',
    start: 3,
    end: 4,
    offset: 0,
    answer: {
      outcome: 'ok',
      result: {
        records: values.map((value, offset) => ({ offset, value })),
        nextOffset: 1,
        highWatermark: 1,
        logStartOffset: 0,
      },
    },
  }) satisfies Operation;
const readAtEnd = (start: number, logStartOffset: number): Operation => ({
  operation: 'fetch',
  client: 'r',
  log: 'l',
  start,
  end: start + 1,
  offset: 1,
  answer: { outcome: 'ok', result: { records: [], nextOffset: 1, highWatermark: 1, logStartOffset } },
});
const unanswered: Operation = { ...sent, start: 5, values: ['b'], answer: { outcome: 'unknown', error: 'no answer' } };

const clean = [sent, read(['a']), unanswered];
const lossy = [sent, read([])];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-check-'));
});
afterAll(() => rm(folder, { recursive: true }));

function check(...args: readonly string[]) {
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args]);
  return { status, output: stdout.toString() };
}

async function write(text: string): Promise<string> {
  const file = join(folder, `${Math.random()}.jsonl`);
  await writeFile(file, text);
  return file;
}

describe('npm run check:history', () => {
  it('counts the operations of a clean history', async () => {
    const counts = 'produce: 1 ok, 0 failed, 1 unknown\nfetch: 1 ok, 0 failed, 0 unknown\n';
    expect(check(await write(toJsonl(clean)))).toEqual({ status: 0, output: `${counts}anomalies: 0\n` });
  });

  it('lists anomalies, and exits with 1', async () => {
    const { status, output } = check(await write(toJsonl(lossy)));
    expect(status).toBe(1);
    expect(output).toContain('anomalies: 1\nlost-record in l: a at 0\n');
  });

  it('takes the time from which on nothing may fail', async () => {
    const file = await write(toJsonl(clean));
    expect(check(file, '--calm-from', '6').status).toBe(0);
    const { status, output } = check(file, '--calm-from', '5');
    expect(status).toBe(1);
    expect(output).toContain('unavailable in l: produce: no answer\n');
  });

  it('takes how long a worker may believe in an old log start', async () => {
    const file = await write(toJsonl([sent, readAtEnd(3, 1), readAtEnd(5, 0)]));
    expect(check(file).output).toContain('log-start-went-back in l: log start 0 after 1\n');
    expect(check(file, '--log-start-believed-ms', '60000').status).toBe(0);
    const recorded = check(file, '--log-start-believed-ms', '60000', '--starts-are-recorded');
    expect(recorded.output).toContain('log-start-from-nowhere in l: log start 1\n');
  });

  it('takes which topics are compacted, and how', async () => {
    const older: Operation = { ...sent, log: 't#1/0', keys: ['k'] };
    const newer: Operation = {
      ...older,
      values: ['b'],
      start: 1_000,
      end: 1_001,
      answer: { outcome: 'ok', result: { baseOffset: 1 } },
    };
    const passing = { ...read([]), log: 't#1/0', start: 1_499, end: 1_500 };
    passing.answer.result.highWatermark = 2;
    const file = await write(toJsonl([older, newer, passing]));
    expect(check(file, '--compacted', 't:0:0').status).toBe(0);
    expect(check(file, '--compacted', 't:1000:0').output).toContain('compacted-too-young in t#1/0: a of key k at 0\n');
    expect(check(file, '--compacted', 't:1000:0:500').status).toBe(0);
    expect(check(file).output).toContain('lost-record in t#1/0: a at 0\n');
  });

  it('takes how long a silent producer is remembered', async () => {
    const producer = { id: 1, epoch: 0, sequence: 0 };
    const tries: Operation[] = [
      { ...sent, producer },
      { ...sent, producer, start: 1_000, end: 1_001, answer: { outcome: 'ok', result: { baseOffset: 1 } } },
    ];
    const file = await write(toJsonl(tries));
    expect(check(file).output).toContain('one-value-at-two-offsets in l: a: 0, 1\n');
    expect(check(file, '--producer-forgotten-ms', '900').status).toBe(0);
  });

  it.each([
    ['a file that is none', () => [join(folder, 'none')]],
    ['no file', () => []],
    ['an empty history', async () => [await write('')]],
    ['what is not JSONL', async () => [await write('{"operation"')]],
    ['a calm that is no time', async () => [await write(toJsonl(clean)), '--calm-from', 'soon']],
    ['a time that is none', async () => [await write(toJsonl(clean)), '--producer-forgotten-ms', '']],
    ['a compacted topic without its settings', async () => [await write(toJsonl(clean)), '--compacted', 't:0']],
    ['an option that it does not know', async () => [await write(toJsonl(clean)), '--quiet']],
  ])('refuses %s, and exits with 1', async (_what, args) => {
    const { status, output } = check(...(await args()));
    expect(status).toBe(1);
    expect(output).toMatch(/^cannot check: .+\n$/);
  });
});

describe('a history that is expected to have no anomaly', () => {
  it('is passed over in silence where it has none', () => {
    expect(() => expectNoAnomaly(clean, { calmFrom: 6 })).not.toThrow();
  });

  it('is kept in a file where it has some, which the error names and lists', () => {
    const error = errorOf(() => expectNoAnomaly(lossy, { calmFrom: 9 }));
    const file = /npm run check:history -- (\S+\.jsonl) --calm-from 9$/.exec(error)?.[1] ?? '';
    expect(error).toMatch(/^anomalies: 1\nlost-record in l: a at 0\n/);
    expect(fromJsonl(readFileSync(file, 'utf8'))).toEqual(lossy);
    rmSync(file);
  });

  it('is checked again by a command with the same options', () => {
    const compacted = { t: { minLagMs: 1, deleteRetentionMs: 2, clockSkewMs: 3 } };
    const options = { logStartBelievedMs: 60_000, producerForgottenMs: 5, startsAreRecorded: true, compacted };
    const error = errorOf(() => expectNoAnomaly(lossy, options));
    const command = /npm run check:history -- (\S+\.jsonl) (.+)$/.exec(error) ?? [];
    expect(command[2]).toBe(
      '--log-start-believed-ms 60000 --producer-forgotten-ms 5 --compacted t:1:2:3 --starts-are-recorded',
    );
    rmSync(command[1] ?? '');
  });
});

function errorOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return expect.fail('nothing is thrown');
}
