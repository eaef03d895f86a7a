/**
 * Topics of a deployed stack that is not ours invoke its functions: what is produced through the API arrives there, in order, once
 * committed; a record that cannot be handled ends at the destination alone; a second deployment changes topic and trigger, and
 * delivers nothing again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createDynamoClient, createSqsClient } from '../../lib/adapters/aws/clients.ts';
import { call } from './call.ts';
import type { Deployed } from './deployed.ts';
import { FAILED, type Numbered, ORDERS, POISONED, partitionsOfOrders, type Revision } from './downstream/topics.ts';
import { readKept } from './kept.ts';

export interface Downstream {
  readonly keptTable: string;
  readonly queueUrl: string;
}

const ORDERS_PRODUCED = 300;
const ORDERS_AFTER_UPDATE = 60;

/** One record in a thousand, and what stands beside it in other partitions. */
const POISONED_PARTITION = 1_000;
const POISON = 617;
const OTHER_PARTITIONS = 100;

const PER_REQUEST = 100;

/** From a produce request until all is delivered, with every bisection: the emulator starts a process for each run. */
const DELIVERED_WITHIN_MS = 120_000;

const json = 'application/vnd.kafka.json.v2+json';
const binary = 'application/vnd.kafka.binary.v2+json';

/** @returns what was seen */
export async function deliverInOrder(deployed: Deployed, downstream: Downstream): Promise<string> {
  const from = performance.now();
  const numbers = await produceOrders(deployed, { first: 0, count: ORDERS_PRODUCED, revision: 'first' });
  const kept = await keptAll(deployed, downstream, 'Orders', ORDERS_PRODUCED);
  const tookMs = performance.now() - from;
  expectSame(kept, perPartition(ORDERS, numbers));
  await expectCommitted(deployed, 'Orders', 3);
  return `${ORDERS_PRODUCED} records delivered once and in order to a function, ${Math.round(tookMs)} ms after the first was produced`;
}

/** @returns what was seen */
export async function giveUpPoison(deployed: Deployed, downstream: Downstream): Promise<string> {
  const numbers = [POISONED_PARTITION, OTHER_PARTITIONS, OTHER_PARTITIONS].map(count =>
    Array.from({ length: count }, (_, number) => number),
  );
  const isPoison = (partition: number, number: number) => partition === 0 && number === POISON;
  for (const [partition, all] of numbers.entries()) {
    const records = all.map(number => ({
      partition,
      value: { number, ...(isPoison(partition, number) && { isPoison: true }) },
    }));
    for (let first = 0; first < records.length; first += PER_REQUEST) {
      await produce(deployed, POISONED, records.slice(first, first + PER_REQUEST));
    }
  }
  const good = numbers.map((all, partition) => all.filter(number => !isPoison(partition, number)));
  const count = good.flat().length;
  for (const name of ['Throws', 'Reports']) {
    const kept = await keptAll(deployed, downstream, name, count);
    expectSame(kept, perPartition(POISONED, good));
    await expectCommitted(deployed, name, 3);
  }
  const coordinates = { topic: POISONED, partition: 0, offset: POISON };
  expectSame(await takeFromQueue(deployed, downstream), [coordinates]);
  expectSame(await readFailed(deployed), [coordinates]);
  return `${count} of ${count + 1} records handled in order by a function that throws and by one that reports, the one at offset ${POISON} in a queue and in a topic`;
}

/** After the second deployment. @returns what was seen */
export async function goOnAfterUpdate(deployed: Deployed, downstream: Downstream): Promise<string> {
  const { url } = deployed;
  const before = await readKept(createDynamoClient(deployed.client), downstream.keptTable, 'Orders');
  const { partitions_count: partitions } = await call(`${await clusterUrl(url)}/topics/${ORDERS}`);
  expectSame(partitions, partitionsOfOrders.second);
  const { batch_size: batchSize } = await describe(deployed, 'Orders');
  expectSame(batchSize, 50);
  const numbers = await produceOrders(deployed, {
    first: ORDERS_PRODUCED,
    count: ORDERS_AFTER_UPDATE,
    revision: 'second',
  });
  const kept = await keptAll(deployed, downstream, 'Orders', ORDERS_PRODUCED + ORDERS_AFTER_UPDATE);
  for (const [name, { numbers: earlier }] of before)
    expectSame(kept.get(name)?.numbers.slice(0, earlier.length), earlier);
  const added = [...perPartition(ORDERS, numbers)].map(([name, each]) => [name, each.numbers] as const);
  for (const [name, all] of added)
    expectSame(kept.get(name)?.numbers.slice(before.get(name)?.numbers.length ?? 0), all);
  await expectCommitted(deployed, 'Orders', 4);
  return `${partitions} partitions and another batch size after an update: ${ORDERS_AFTER_UPDATE} more records delivered, and none again`;
}

/** After the stack is destroyed. @returns what was seen */
export async function findNothing({ url }: Deployed): Promise<string> {
  const cluster = await clusterUrl(url);
  const { data: triggers } = await call(`${cluster}/triggers`);
  expectSame(triggers, []);
  const { data: topics } = await call(`${cluster}/topics`);
  const names: readonly string[] = topics.map(({ topic_name }: { readonly topic_name: string }) => topic_name);
  expectSame(
    names.filter(name => [ORDERS, POISONED, FAILED].includes(name)),
    [],
  );
  return 'its topics and triggers are gone with the stack';
}

interface OrdersToProduce {
  readonly first: number;
  readonly count: number;
  readonly revision: Revision;
}

/** Round robin over the partitions; returns the numbers of each. */
async function produceOrders(
  deployed: Deployed,
  { first, count, revision }: OrdersToProduce,
): Promise<readonly number[][]> {
  const partitions = partitionsOfOrders[revision];
  const numbers = Array.from({ length: partitions }, (): number[] => []);
  const records = Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const partition = number % partitions;
    numbers[partition]?.push(number);
    return { partition, value: { number } };
  });
  for (let from = 0; from < count; from += 20) await produce(deployed, ORDERS, records.slice(from, from + 20));
  return numbers;
}

async function produce(
  { url }: Deployed,
  topic: string,
  records: readonly { readonly partition: number; readonly value: Numbered }[],
): Promise<void> {
  const { offsets } = await call(`${url}/topics/${topic}`, { records }, json);
  const refused = offsets.filter(({ error }: { readonly error: unknown }) => error !== null);
  if (refused.length > 0) throw new Error(`not produced: ${JSON.stringify(refused[0])}`);
}

type Kept = Awaited<ReturnType<typeof readKept>>;

/** What a function has kept, once that is as much as is wanted. */
async function keptAll({ client }: Deployed, { keptTable }: Downstream, name: string, count: number): Promise<Kept> {
  const dynamo = createDynamoClient(client);
  for (const until = performance.now() + DELIVERED_WITHIN_MS; ; await sleep(200)) {
    const kept = await readKept(dynamo, keptTable, name);
    const found = [...kept.values()].reduce((sum, { offsets }) => sum + offsets.length, 0);
    if (found >= count) return kept;
    if (performance.now() > until)
      throw new Error(`${name} has ${found} of ${count} records after ${DELIVERED_WITHIN_MS} ms`);
  }
}

/** As the function keeps it: the record with the number stands at the offset that its place among its partition's numbers is. */
const perPartition = (topic: string, numbers: readonly (readonly number[])[]): Kept =>
  new Map(
    numbers.map((all, partition) => [
      `${topic}-${partition}`,
      { offsets: topic === POISONED ? all : all.map((_, offset) => offset), numbers: all },
    ]),
  );

/** That the trigger of that function has committed all that there is. */
async function expectCommitted(deployed: Deployed, name: string, partitions: number): Promise<void> {
  for (const until = performance.now() + DELIVERED_WITHIN_MS; ; await sleep(200)) {
    const { lag, partitions: all } = await describe(deployed, name);
    if (lag === 0) return expectSame(all.length, partitions);
    if (performance.now() > until) throw new Error(`the trigger of ${name} is ${lag} records behind`);
  }
}

/** The trigger of the downstream function of that name. */
async function describe({ url }: Deployed, name: string) {
  const cluster = await clusterUrl(url);
  const { data } = await call(`${cluster}/triggers`);
  const named = data.filter(({ trigger_name: each }: { readonly trigger_name: string }) => each.includes(`-${name}-`));
  expectSame(named.length, 1);
  return call(`${cluster}/triggers/${named[0].trigger_name}`);
}

async function clusterUrl(url: string): Promise<string> {
  const clusters = await call(`${url}/v3/clusters`);
  return `${url}/v3/clusters/${clusters.data[0].cluster_id}`;
}

interface Coordinates {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** All that is in the queue, by what its messages say of where the records were. */
async function takeFromQueue(
  { client }: Deployed,
  { queueUrl: QueueUrl }: Downstream,
): Promise<readonly Coordinates[]> {
  const sqs = createSqsClient(client);
  const found: Coordinates[] = [];
  for (let empty = 0; empty < 3; ) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    empty = Messages.length === 0 ? empty + 1 : 0;
    for (const { Body = '', ReceiptHandle } of Messages) {
      found.push(...coordinatesOf(JSON.parse(Body)));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  return found;
}

/** All that is in the topic of failed records. */
async function readFailed({ url }: Deployed): Promise<readonly Coordinates[]> {
  const path = `${url}/topics/${FAILED}/partitions/0/records?offset=0&timeout=1000&max_bytes=100000`;
  const records: readonly { readonly value: string }[] = await call(path, undefined, binary);
  return records.flatMap(({ value }) => {
    const { payload }: { readonly payload: KafkaEvent } = JSON.parse(Buffer.from(value, 'base64').toString());
    return Object.values(payload.records)
      .flat()
      .map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  });
}

/** What a failed record is sent to a topic with: its event, of it alone. */
interface KafkaEvent {
  readonly records: Readonly<Record<string, readonly Coordinates[]>>;
}

interface FailureRecord {
  readonly KafkaBatchInfo: {
    readonly recordsInfo: Readonly<
      Record<string, { readonly firstRecordOffset: string; readonly lastRecordOffset: string }>
    >;
  };
}

function coordinatesOf({ KafkaBatchInfo: { recordsInfo } }: FailureRecord): readonly Coordinates[] {
  return Object.entries(recordsInfo).map(([name, { firstRecordOffset: offset, lastRecordOffset: last }]) => {
    const [, topic = '', partition] = /^(.*)-(\d+)$/.exec(name) ?? [];
    if (last !== offset) throw new Error(`more than one record was given up: ${name} ${offset} to ${last}`);
    return { topic, partition: Number(partition), offset: Number(offset) };
  });
}

function expectSame(found: unknown, expected: unknown): void {
  const text = (value: unknown) => JSON.stringify(value instanceof Map ? [...value].sort() : value) ?? 'nothing';
  if (text(found) === text(expected)) return;
  throw new Error(`found ${text(found).slice(0, 2_000)}, expected ${text(expected).slice(0, 2_000)}`);
}
