/** The demo from end to end, on a server of this process. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agrees, runDemo } from '../../examples/website-activity/demo.ts';
import { reportLines } from '../../examples/website-activity/report.ts';
import { LineScreen } from '../../examples/website-activity/screen.ts';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { type RunningServer, startServer } from '../../lib/embedded/server.ts';
import { losingAnswers } from '../client/losing-answers.ts';

/** A slow machine's. */
const timeout = 60_000;

const MAIN = join(import.meta.dirname, '../../examples/website-activity/main.ts');

let dataFolder: string;
let server: RunningServer;

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'millrace-demo-test-'));
  server = await startServer({ host: '127.0.0.1', port: 0, dataFolder, maintenanceIntervalMs: 250 });
});

afterAll(async () => {
  await server.close();
  await rm(dataFolder, { recursive: true });
});

/** As a demo did that ran before. */
async function createClick(): Promise<void> {
  const client = new MillraceClient({ url: server.url });
  await client.createTopic({ topic: 'click', partitions: 3 }).catch(() => {});
}

function demo(fetch = globalThis.fetch) {
  const screen = new LineScreen(() => {});
  const { signal } = new AbortController();
  return runDemo({ url: server.url, recordsPerSecond: Number.POSITIVE_INFINITY, screen, signal, fetch });
}

/** One run that nothing befalls, for all who look at what it did. */
let plainRun: ReturnType<typeof demo> | undefined;
const plainDemo = () => {
  plainRun ??= demo();
  return plainRun;
};

describe.concurrent('the demo', { timeout }, () => {
  it('finds in each reading what the file says', async ({ expect }) => {
    const report = await plainDemo();
    expect(report.checks.map(({ topic, records }) => [topic.replace(/-.*/, ''), records])).toEqual([
      ['click', 9_952],
      ['upload', 5],
      ['click', 9_952],
      ['upload', 5],
      ['click', 5_073],
      ['upload', 5],
    ]);
    expect(reportLines(report).at(-1)).toBe('Every reading agrees with the file, page by page and visitor by visitor.');
    expect(report.seenChecks.map(({ records, visitors, forgotten }) => [records, visitors, forgotten])).toEqual([
      [11_253, 538, 1_200],
      [11_253, 538, 1_200],
      [1_738, 538, 1_200],
    ]);
    const [, before, after] = report.seenChecks.map(({ sizeInBytes = 0 }) => sizeInBytes);
    expect(after).toBeLessThan((before ?? 0) / 5);
    expect(report.leftOut).toEqual(new Map(Object.entries({ HEAD: 42, OPTIONS: 1 })));
  });

  it('has a reader killed and one that joins midway, and what comes again is counted once', async ({ expect }) => {
    const report = await plainDemo();
    const { readers, killed, again } = report.group;
    expect([readers, killed]).toEqual([4, 1]);
    expect(again).toBeLessThan(9_952 / 3);
    expect(report.checks[0]).toMatchObject({ reading: 'while produced, by a group', records: 9_952, findings: [] });
    expect(reportLines(report)).toContainEqual(expect.stringContaining('the group had 4 readers, 1 of them killed; '));
  });

  it('has a function count pages that dies after it has stored them, and what comes again is counted once', async ({
    expect,
  }) => {
    const { counts } = await plainDemo();
    expect(counts.topic).toMatch(/^page-counts(-[2-9])?$/);
    expect(counts.checks.map(({ reading, pages, views, findings }) => [reading, pages, views, findings])).toEqual([
      ['before compaction', 1_357, 9_952, []],
      ['after compaction', 1_357, 9_952, []],
    ]);
    expect(counts.again).toBeGreaterThan(0);
    expect(counts.batches).toBeGreaterThan(9_952 / 100 + counts.again);
    const [before, after] = counts.checks.map(({ records, sizeInBytes }) => ({ records, sizeInBytes }));
    expect(after?.records).toBeLessThan((before?.records ?? 0) / 2);
    expect(after?.sizeInBytes).toBeLessThan((before?.sizeInBytes ?? 0) / 2);
  });

  it('leaves no trigger behind', async ({ expect }) => {
    const { counts } = await plainDemo();
    const { triggers } = new MillraceClient({ url: server.url });
    await expect(triggers.describe(counts.topic)).rejects.toMatchObject({ code: 'UNKNOWN_TRIGGER' });
  });

  it('has nobody count where Millrace invokes no modules of this machine, and says so', async ({ expect }) => {
    const message = 'INVALID_REQUEST: expected an ARN';
    const report = await demo(async (input, init) => {
      const isCreate = init?.method === 'POST' && new URL(String(input)).pathname.endsWith('/triggers');
      return isCreate ? Response.json({ error_code: 422, message }, { status: 422 }) : fetch(input, init);
    });
    expect([report.counts.refusal, report.counts.checks]).toEqual([message, []]);
    expect(agrees(report)).toBe(true);
    expect(reportLines(report)).toContainEqual(expect.stringContaining(`nobody counted; ${message}`));
  });

  it('does so a second time, on topics of its own, and where answers get lost', async ({ expect }) => {
    await createClick();
    const lossy = losingAnswers(globalThis.fetch, { seed: 4, share: 0.1 });
    const report = await demo(lossy.fetch);
    expect(lossy.lost()).toBeGreaterThan(10);
    expect(
      [...report.checks, ...report.counts.checks, ...report.seenChecks].flatMap(({ findings }) => findings),
    ).toEqual([]);
    expect(report.checks[0]?.topic).toMatch(/^click-[2-9]$/);
  });

  it('tells where a reading differs from the file', async ({ expect }) => {
    const dropsFirstRecord: typeof globalThis.fetch = async (input, init) => {
      const response = await fetch(input, init);
      const { pathname, searchParams } = new URL(String(input));
      if (!pathname.endsWith('/records') || searchParams.get('offset') !== '0' || !/click/.test(pathname))
        return response;
      const [, ...rest] = (await response.json()) as unknown[];
      return Response.json(rest, { headers: response.headers });
    };
    const report = await demo(dropsFirstRecord);
    expect(agrees(report)).toBe(false);
    const lines = reportLines(report);
    expect(lines.find(line => line.includes('DIFFERS'))).toContain('click');
    expect(lines).toContainEqual(expect.stringMatching(/^ +page \S+: [0-9]+ in the file, [0-9]+ read$/));
    expect(lines.at(-1)).toBe('The readings do not agree with the file.');
  });
});

describe.concurrent('npm run demo', { timeout }, () => {
  const run = (...args: string[]) => promisify(execFile)(process.execPath, [MAIN, ...args]);

  it('runs a server of its own, and ends with 0', async () => {
    const { stdout } = await run();
    expect(stdout).toMatch(/^website activity: 9,957 records to http:\/\/127\.0\.0\.1:[0-9]+$/m);
    expect(stdout).toMatch(/^Every reading agrees with the file/m);
  });

  it('ends with 1 where there is no server', async () => {
    const failed = await run('--url', 'http://127.0.0.1:1').catch(error => error);
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^demo: no answer to GET \/v3\/clusters: /),
    });
  });

  it('says how it is used where it is used otherwise', async () => {
    const failed = await run('--rate', 'fast').catch(error => error);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('--rate') });
  });
});
