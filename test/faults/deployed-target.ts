/**
 * The stack, deployed on an emulator: clients reach its API through one proxy, its functions reach DynamoDB and S3 through another, and
 * the processes that run the functions are killed and frozen.
 */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LambdaFunctionInvoker } from '../../lib/adapters/aws/function-invoker.ts';
import { createLambdaClient } from '../../lib/adapters/aws/lambda-clients.ts';
import { runCommand } from '../deployed/command.ts';
import { environmentFor, reachableUrl, readTarget } from '../deployed/target.ts';
import { workerStrikes } from './emulator-workers.ts';
import { LossyProxy } from './lossy-proxy.ts';
import type { Pace, Target, TargetOptions } from './target.ts';

const STACK = 'MillraceFaults';
/** The functions that do what a run is about, not those that come with its stack. */
const OURS = new RegExp(`^${STACK}-(Produce|Fetch|Groups|Topics|Maintenance|Wake|Dispatcher)`);
const HEALTHY_WITHIN_MS = 60_000;
const LONGEST_DELAY_MS = 300;

/**
 * What an emulator has time for: it runs a process for every request under way, and each call of a store takes it tens of milliseconds. So
 * requests are few and large, and who waits for one waits as long as the API does, for one that is given up too early is made twice.
 */
const pace: Pace = {
  recordsPerSecond: 400,
  recordsPerBatch: 200,
  inFlight: 2,
  memberSpeed: 600,
  timeoutMs: 30_000,
  calmTimeoutMs: 35_000,
  memberMaxWaitMs: 2_000,
  sessionMs: 15_000,
  functionTimeoutMs: 10_000,
  faultEveryMs: 6_000,
  readEveryMs: 2_000,
  segmentBytes: 1_000,
  settlesWithinMs: 600_000,
};

export async function startDeployed({ folder, seed, functionUrl, say }: TargetOptions): Promise<Target> {
  const target = readTarget(process.env);
  const emulatorPid = Number(process.env.MILLRACE_EMULATOR_PID);
  if (target.kind !== 'emulator' || !(emulatorPid > 0))
    throw new Error(
      'the processes of functions are killed: set MILLRACE_EMULATOR_PID to the process of the emulator at AWS_ENDPOINT_URL',
    );
  const { endpoint } = target;
  const upstream = () => endpoint;
  const toApi = await LossyProxy.start({ upstream, seed, longestDelayMs: LONGEST_DELAY_MS });
  const toStores = await LossyProxy.start({
    upstream,
    seed: ~seed,
    longestDelayMs: LONGEST_DELAY_MS,
    isSpared: isNoStore,
  });
  const cdk = cdkIn(folder);
  const end = async () => {
    await cdk.run(['destroy', STACK, '--app', cdk.assembly, '--force']);
    await Promise.all([toApi.close(), toStores.close()]);
  };
  try {
    await cdk.run([
      'bootstrap',
      '--app',
      await cdk.synthesise({ stackName: STACK, storesUrl: toStores.url, runUrl: functionUrl }),
    ]);
    const outputs = await cdk.deploy();
    say('deployed');
    const url = reachableUrl(target, outputs.Url ?? '').replace(endpoint, toApi.url);
    await health(url);
    return {
      urls: [url],
      proxies: { 'clients to API': toApi, 'functions to stores': toStores },
      strikes: workerStrikes(emulatorPid, name => OURS.test(name)),
      pace,
      triggerFunction: outputs.NotesFunction ?? '',
      upkeep: () => upkeep(endpoint, outputs),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Calls of functions are not lost: what becomes of those only a schedule finds out, minutes later. */
const isNoStore = ({ headers, url = '' }: IncomingMessage): boolean => {
  const service = String(headers['x-amz-target'] ?? '');
  return service === '' ? url.startsWith('/2015-03-31/') : !service.startsWith('DynamoDB');
};

/** As the schedules do, every half hour and every five minutes. */
async function upkeep(endpoint: string, outputs: Readonly<Record<string, string>>): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const region = environment().AWS_REGION ?? 'us-east-1';
  const invoker = new LambdaFunctionInvoker(
    createLambdaClient({ endpoint, credentials, region, requestTimeoutMs: 30_000 }),
  );
  await invoker.invoke(outputs.MaintenanceFunction ?? '', { task: 'maintain' });
  await invoker.invoke(outputs.DispatcherFunction ?? '', { task: 'due' });
}

const environment = (): Readonly<Record<string, string | undefined>> => ({
  ...environmentFor(readTarget(process.env), process.env),
  CDK_DISABLE_CLI_TELEMETRY: 'true',
});

function cdkIn(folder: string) {
  const assembly = join(folder, 'assembly');
  const outputsFile = join(folder, 'outputs.json');
  const run = (args: readonly string[]) =>
    runCommand('cdk', [...args, '--no-notices'], { environment: environment(), quiet: true });
  return {
    assembly,
    run,
    async synthesise(context: Readonly<Record<string, string>>): Promise<string> {
      const given = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
      await run(['synth', '--quiet', '--app', 'node test/faults/app.ts', '--output', assembly, ...given]);
      return assembly;
    },
    async deploy(): Promise<Readonly<Record<string, string>>> {
      await run(['deploy', STACK, '--app', assembly, '--require-approval', 'never', '--outputs-file', outputsFile]);
      return JSON.parse(await readFile(outputsFile, 'utf8'))[STACK];
    },
  };
}

async function health(url: string): Promise<void> {
  for (const until = performance.now() + HEALTHY_WITHIN_MS; ; await sleep(500)) {
    const answer = await fetch(`${url}/health`);
    if (answer.ok) return;
    if (performance.now() > until) throw new Error(`no health: ${answer.status} ${await answer.text()}`);
  }
}
