/**
 * Deploys the real stack, runs the conformance suite through the API it deployed, and destroys the stack, whatever
 * happened in between.
 *
 *     AWS_ENDPOINT_URL=http://127.0.0.1:4566 npm run test:deployed [-- rest | http]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './command.ts';
import { compactBySchedule } from './compaction.ts';
import type { Deployed } from './deployed.ts';
import { readFromSegments } from './segments.ts';
import { environmentFor, reachableUrl, readTarget } from './target.ts';

const stackName = 'MillraceDeployedTest';
const healthTimeoutMs = 60_000;

const frontDoor = process.argv[2] ?? 'rest';
const target = readTarget(process.env);
const environment = { ...environmentFor(target, process.env), CDK_DISABLE_CLI_TELEMETRY: 'true' };
const folder = await mkdtemp(join(tmpdir(), 'millrace-deployed-'));
const assembly = join(folder, 'assembly');
const outputsFile = join(folder, 'outputs.json');
const reportFile = join(folder, 'conformance.json');

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort(name));

const startedAt = performance.now();
try {
  await step('synthesised', cdk(['synth', '--quiet', '--output', assembly, ...context()]));
  if (target.kind === 'emulator') await step('bootstrapped', cdk(['bootstrap', '--app', assembly]));
  if (target.kind === 'aws') console.warn('the API is open to everyone until the stack is destroyed');
  await deployAndTest();
} catch (error) {
  console.error(interrupt.signal.aborted ? `stopped by ${interrupt.signal.reason}` : error);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

async function deployAndTest(): Promise<void> {
  try {
    const deploy = ['deploy', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputsFile];
    await step(`deployed with the ${frontDoor} front door`, cdk(deploy));
    const outputs = await deployedOutputs();
    const url = reachableUrl(target, outputs.Url ?? '');
    await step(`answered at ${url}`, health(url));
    await pastTheApi({ url, logTable: outputs.LogTable ?? '', bucket: outputs.BucketName ?? '' });
    await conformance(url);
  } finally {
    // Not interrupted: a stack left behind costs more than the wait.
    const destroy = ['destroy', '--app', assembly, '--force', '--no-notices'];
    await step('destroyed', runCommand('cdk', destroy, { environment, quiet: true }));
  }
}

async function conformance(url: string): Promise<void> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  try {
    await runCommand('npm', ['run', 'test:conformance', '--', ...reporters], {
      environment: { ...environment, MILLRACE_URL: url },
      quiet: false,
      signal: interrupt.signal,
    });
  } finally {
    console.log(`through the ${frontDoor} front door: ${await counts()}, ${secondsSince(startedAt)}`);
  }
}

async function counts(): Promise<string> {
  const report = await readFile(reportFile, 'utf8').catch(() => '{}');
  const { numPassedTests = 0, numFailedTests = 'unknown' } = JSON.parse(report);
  return `${numPassedTests} passed, ${numFailedTests} failed`;
}

function context(): string[] {
  const choices = { stackName, frontDoor, auth: 'none', ephemeral: 'true' };
  const place = target.kind === 'aws' ? { account: target.account, region: target.region } : {};
  return Object.entries({ ...choices, ...place }).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
}

async function deployedOutputs(): Promise<Readonly<Record<string, string>>> {
  const outputs = JSON.parse(await readFile(outputsFile, 'utf8'));
  return outputs[stackName];
}

/** The cases that reach stores and functions themselves, with the credentials that the deployment has. */
async function pastTheApi(deployed: Omit<Deployed, 'client'>): Promise<void> {
  const { AWS_REGION: region = '' }: NodeJS.ProcessEnv = environment;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = target.kind === 'emulator' ? { endpoint: target.endpoint, credentials, region } : { region };
  // the first looks for the only topic in the bucket
  for (const see of [readFromSegments, compactBySchedule]) {
    const from = performance.now();
    console.log(`${await see({ ...deployed, client })} (${secondsSince(from)})`);
  }
}

async function health(url: string): Promise<void> {
  const deadline = performance.now() + healthTimeoutMs;
  for (;;) {
    const answer = await fetch(`${url}/health`, { signal: interrupt.signal });
    if (answer.ok) return;
    const seen = `${answer.status} ${await answer.text()}`;
    if (performance.now() > deadline) throw new Error(`no health after ${healthTimeoutMs} ms: ${seen}`);
    await sleep(500, undefined, { signal: interrupt.signal });
  }
}

function cdk(args: readonly string[]): Promise<void> {
  return runCommand('cdk', [...args, '--no-notices'], { environment, quiet: true, signal: interrupt.signal });
}

async function step(done: string, work: Promise<void>): Promise<void> {
  const from = performance.now();
  await work;
  console.log(`${done} (${secondsSince(from)})`);
}

function secondsSince(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}
