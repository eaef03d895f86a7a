/**
 * Compacts a deployed log by the schedule's task: the log is rolled while it may not be compacted, then it may, nothing more is
 * produced, so that no roll is due, and the maintenance function is started as the runbook says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { paginateListFunctions } from '@aws-sdk/client-lambda';
import { LambdaFunctionInvoker } from '../../lib/adapters/aws/function-invoker.ts';
import { createLambdaClient } from '../../lib/adapters/aws/lambda-clients.ts';
import { call } from './call.ts';
import type { Deployed } from './deployed.ts';

const TOPIC = 'rolled-and-compacted';
const KEYS = 4;
const RECORDS = 40;

/** From the last append until most of it is rolled: the stream is read within a minute, the roll takes seconds. */
const ROLLED_WITHIN_MS = 150_000;

/** From the start of maintenance until readers see what is left: other workers believe in a state for half a minute. */
const COMPACTED_WITHIN_MS = 120_000;

const json = 'application/vnd.kafka.json.v2+json';

interface Placed {
  readonly offset: number;
  readonly key: string;
  readonly value: number;
}

/** @returns what was seen */
export async function compactBySchedule(deployed: Deployed): Promise<string> {
  const { url } = deployed;
  const clusters = await call(`${url}/v3/clusters`);
  const topics = `${url}/v3/clusters/${clusters.data[0].cluster_id}/topics`;
  const configs = { 'cleanup.policy': 'compact', 'segment.bytes': '500', 'min.cleanable.dirty.ratio': '1' };
  const all = Object.entries(configs).map(([name, value]) => ({ name, value }));
  await call(topics, { topic_name: TOPIC, partitions_count: 1, configs: all });
  const records = Array.from({ length: RECORDS }, (_, value) => ({ key: `k${value % KEYS}`, value }));
  for (const record of records) await call(`${url}/topics/${TOPIC}`, { records: [record] }, json);
  const produced = records.map((record, offset) => ({ offset, ...record }));
  const rolled = await rolledOffset(`${topics}/${TOPIC}/partitions/0/segments`);
  expectSame(await read(url), produced);

  const data = [{ name: 'min.cleanable.dirty.ratio', operation: 'SET', value: '0' }];
  await call(`${topics}/${TOPIC}/configs:alter`, { data });
  const maintenance = await maintenanceOf(deployed);
  const invoker = new LambdaFunctionInvoker(createLambdaClient(deployed.client));
  for (const until = performance.now() + COMPACTED_WITHIN_MS; ; ) {
    // again and again: the first may come while another leads
    await invoker.invoke(maintenance, { task: 'maintain' });
    await sleep(5_000);
    const left = await read(url);
    // each key has come again among the last so many
    if (!left.some(({ offset }) => offset < rolled - KEYS)) {
      return `${left.length} of ${RECORDS} records left, ${expectNewest(left, produced)}`;
    }
    if (performance.now() > until) throw new Error(`after ${COMPACTED_WITHIN_MS} ms left are ${JSON.stringify(left)}`);
  }
}

/** Once most of the log is in segments. */
async function rolledOffset(list: string): Promise<number> {
  for (const until = performance.now() + ROLLED_WITHIN_MS; performance.now() < until; await sleep(500)) {
    const { data } = await call(list);
    const rolled = (data.at(-1)?.last_offset ?? -1) + 1;
    if (rolled >= RECORDS / 2) return rolled;
  }
  throw new Error(`no segment after ${ROLLED_WITHIN_MS} ms: is the stream read, and maintenance started?`);
}

/** The name by which the other functions of the stack start it. */
async function maintenanceOf({ client, logTable }: Deployed): Promise<string> {
  for await (const { Functions } of paginateListFunctions({ client: createLambdaClient(client) }, {})) {
    for (const { Environment } of Functions ?? []) {
      const { MILLRACE_LOG_TABLE, MILLRACE_MAINTENANCE_FUNCTION } = Environment?.Variables ?? {};
      if (MILLRACE_LOG_TABLE === logTable && MILLRACE_MAINTENANCE_FUNCTION) return MILLRACE_MAINTENANCE_FUNCTION;
    }
  }
  throw new Error(`no function with the log table ${logTable} starts maintenance`);
}

/** Everything from offset 0 on, by the next offsets that the answers name. */
async function read(url: string): Promise<readonly Placed[]> {
  const records: Placed[] = [];
  for (let offset = 0; offset < RECORDS; ) {
    const path = `${url}/topics/${TOPIC}/partitions/0/records?offset=${offset}&timeout=0&max_bytes=600`;
    const response = await fetch(path, { headers: { accept: json } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as Placed[];
    records.push(...page.map(({ offset, key, value }) => ({ offset, key, value })));
    const next = Number(response.headers.get('millrace-next-offset'));
    if (!(next > offset)) throw new Error(`the next offset behind ${offset} is ${next}`);
    offset = next;
  }
  return records;
}

/** That nothing is left but what was produced, where it was, with the newest of every key among it. */
function expectNewest(left: readonly Placed[], produced: readonly Placed[]): string {
  expectSame(
    left,
    left.map(({ offset }) => produced[offset]),
  );
  const newest = produced.slice(-KEYS);
  expectSame(left.slice(-KEYS), newest);
  return `the last record of ${newest.length} keys among them`;
}

function expectSame(found: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(expected)];
  if (is !== should) throw new Error(`read ${is}, expected ${should}`);
}
