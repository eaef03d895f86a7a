/**
 * Deploys the real stack and one that uses it, tries them, runs the conformance suite through the API that was deployed, and destroys
 * both stacks, whatever happened in between.
 *
 *     AWS_ENDPOINT_URL=http://127.0.0.1:4566 npm run test:deployed [-- rest | http [segments | compaction | triggers | conformance …]]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './command.ts';
import { compactBySchedule } from './compaction.ts';
import type { Deployed } from './deployed.ts';
import type { Revision } from './downstream/topics.ts';
import { readFromSegments } from './segments.ts';
import { environmentFor, reachableUrl, readTarget } from './target.ts';
import { deliverInOrder, findNothing, giveUpPoison, goOnAfterUpdate } from './triggers.ts';

const stackName = 'MillraceDeployedTest';
const downstreamName = `${stackName}Downstream`;
const healthTimeoutMs = 60_000;

const [frontDoor = 'rest', ...only] = process.argv.slice(2);
const target = readTarget(process.env);
const environment = { ...environmentFor(target, process.env), CDK_DISABLE_CLI_TELEMETRY: 'true' };
const folder = await mkdtemp(join(tmpdir(), 'millrace-deployed-'));
const outputsFile = join(folder, 'outputs.json');
const reportFile = join(folder, 'conformance.json');

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort(name));

const startedAt = performance.now();
try {
  const assembly = await synthesised('first');
  if (target.kind === 'emulator') await step('bootstrapped', cdk(['bootstrap', '--app', assembly]));
  if (target.kind === 'aws') console.warn('the API is open to everyone until the stack is destroyed');
  await deployAndTest(assembly);
} catch (error) {
  console.error(interrupt.signal.aborted ? `stopped by ${interrupt.signal.reason}` : error);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

async function deployAndTest(assembly: string): Promise<void> {
  try {
    await step(`deployed with the ${frontDoor} front door`, deploy(assembly, [stackName]));
    const { Url = '', LogTable: logTable = '', BucketName: bucket = '' } = await outputsOf(stackName);
    const url = reachableUrl(target, Url);
    await step(`answered at ${url}`, health(url));
    await pastTheApi({ url, client: clientOptions(), logTable, bucket }, assembly);
    if (isWanted('conformance')) await conformance(url);
  } finally {
    await step('destroyed', destroy(assembly, [stackName, downstreamName]));
  }
}

/** The cases that reach stores and functions themselves, with the credentials that the deployment has. */
async function pastTheApi(deployed: Deployed, assembly: string): Promise<void> {
  // this looks for the only topic in the bucket
  if (isWanted('segments')) await seen(readFromSegments(deployed));
  if (isWanted('compaction')) await seen(compactBySchedule(deployed));
  if (isWanted('triggers')) await triggers(deployed, assembly);
}

async function triggers(deployed: Deployed, assembly: string): Promise<void> {
  await step('deployed a stack of topics and functions', deploy(assembly, [downstreamName]));
  const { KeptTable: keptTable = '', QueueUrl: queueUrl = '' } = await outputsOf(downstreamName);
  const downstream = { keptTable, queueUrl };
  await seen(deliverInOrder(deployed, downstream));
  await seen(giveUpPoison(deployed, downstream));
  await step('deployed it anew', deploy(await synthesised('second'), [downstreamName]));
  await seen(goOnAfterUpdate(deployed, downstream));
  await step('destroyed it', destroy(assembly, [downstreamName]));
  await seen(findNothing(deployed));
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

/** Whether a part is to be run: all are, unless some are named. */
function isWanted(part: string): boolean {
  return only.length === 0 || only.includes(part);
}

/** The folder of an assembly of both stacks. */
async function synthesised(revision: Revision): Promise<string> {
  const assembly = join(folder, revision);
  const choices = { stackName, frontDoor, auth: 'none', ephemeral: 'true' };
  const place = target.kind === 'aws' ? { account: target.account, region: target.region } : {};
  const context = Object.entries({ ...choices, ...place }).flatMap(([name, value]) => [
    '--context',
    `${name}=${value}`,
  ]);
  const app = ['--app', `node test/deployed/app.ts ${revision}`];
  await step('synthesised', cdk(['synth', '--quiet', ...app, '--output', assembly, ...context]));
  return assembly;
}

function deploy(assembly: string, stacks: readonly string[]): Promise<void> {
  const options = ['--exclusively', '--require-approval', 'never', '--outputs-file', outputsFile];
  return cdk(['deploy', ...stacks, '--app', assembly, ...options]);
}

/** Not interrupted: a stack left behind costs more than the wait. */
function destroy(assembly: string, stacks: readonly string[]): Promise<void> {
  const args = ['destroy', ...stacks, '--exclusively', '--app', assembly, '--force', '--no-notices'];
  return runCommand('cdk', args, { environment, quiet: true });
}

async function outputsOf(stack: string): Promise<Readonly<Record<string, string>>> {
  const outputs = JSON.parse(await readFile(outputsFile, 'utf8'));
  return outputs[stack];
}

function clientOptions(): Deployed['client'] {
  const { AWS_REGION: region = '' }: NodeJS.ProcessEnv = environment;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  // an emulator answers late while it starts functions
  const requestTimeoutMs = 30_000;
  return target.kind === 'emulator' ? { endpoint: target.endpoint, credentials, region, requestTimeoutMs } : { region };
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

async function seen(looking: Promise<string>): Promise<void> {
  const from = performance.now();
  console.log(`${await looking} (${secondsSince(from)})`);
}

function secondsSince(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}
