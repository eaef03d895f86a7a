/**
 * What it takes to deliver a batch to a trigger's function, counted: of the functions in between, and of the stores.
 *
 * Batches of a partition arrive in three ways. Alone: each has wake start a runner for itself, and what a worker believed is too old by
 * then. One after another: the next comes while the function has the one before it, so that one runner goes on and on, and wake is told
 * every second. All there: they wait for the runner.
 */
import { startAwsStores } from './aws-stores.ts';
import { BenchTrigger } from './bench-trigger.ts';
import { dollarsOfStores, dollarsOfTime } from './dollars.ts';
import { requestsOf, scaleUsage, sumUsage, type Usage } from './meter.ts';
import type { Asked } from './metered-worker.ts';
import { assumed, assumedOfTriggers, prices } from './prices.ts';
import { memoryStores, type Stores } from './stores.ts';

export const arrivals = ['alone', 'one after another', 'all there'] as const;
export type Arrival = (typeof arrivals)[number];

export const batchSizes = [1, 10, 100] as const;

const RECORD_BYTES = 1024;

/** Batches that are delivered and counted. */
const BATCHES = 50;

/** From one batch that is alone to the next. */
const APART_MS = 60_000;

/** One of the two functions in between, for one batch, on average. */
export interface PartOfDelivery {
  readonly invocations: number;
  readonly cluster: Usage;
  /** Of the log table and the bucket. */
  readonly log: Usage;
  readonly cpuMs: number;
}

/** Of a million records. */
export interface TriggerDollars {
  readonly dynamoDb: number;
  readonly s3: number;
  /** Wake and the dispatcher. */
  readonly lambda: number;
  /** The function itself, which is paid for with any event source. */
  readonly function: number;
}

export interface TriggerCostRow {
  readonly arrival: Arrival;
  readonly batchRecords: number;
  readonly wake: PartOfDelivery;
  readonly dispatcher: PartOfDelivery;
  /** Of both, for one batch. */
  readonly usage: Usage;
  readonly dollars: TriggerDollars;
}

export interface TriggerCosts {
  readonly rows: readonly TriggerCostRow[];
  /** Calls that were counted at the ports, those of the producer too, and what they became on the wire. */
  readonly calls: number;
  readonly requestsSent: number;
}

/** Without the function itself. */
export const dollarsBetween = ({ dynamoDb, s3, lambda }: TriggerDollars): number => dynamoDb + s3 + lambda;

export async function countTriggerCosts(onRow: (row: TriggerCostRow) => void): Promise<TriggerCosts> {
  const rows: TriggerCostRow[] = [];
  let [calls, requestsSent] = [0, 0];
  for (const arrival of arrivals) {
    for (const batchRecords of batchSizes) {
      await using aws = await startAwsStores();
      aws.takeRequests();
      const onAws = await countDelivery(aws, { arrival, batchRecords, before: 1 });
      calls += onAws.calls;
      requestsSent += aws.takeRequests();
      // without the emulators, which share the process; code is compiled by then
      const inMemory = await countDelivery(memoryStores(), { arrival, batchRecords, before: BATCHES });
      const row = rowOf(arrival, batchRecords, {
        wake: { ...onAws.wake, cpuMs: inMemory.wake.cpuMs },
        dispatcher: { ...onAws.dispatcher, cpuMs: inMemory.dispatcher.cpuMs },
      });
      rows.push(row);
      onRow(row);
    }
  }
  return { rows, calls, requestsSent };
}

interface Delivery {
  readonly wake: PartOfDelivery;
  readonly dispatcher: PartOfDelivery;
}

interface DeliveryOptions {
  readonly arrival: Arrival;
  readonly batchRecords: number;
  /** Batches that are delivered before, and not counted. */
  readonly before: number;
}

async function countDelivery(
  stores: Stores,
  { arrival, batchRecords, before }: DeliveryOptions,
): Promise<Delivery & { readonly calls: number }> {
  const trigger = await BenchTrigger.open({ stores, shape: { recordBytes: RECORD_BYTES, batchRecords } });
  await deliver[arrival](trigger, before);
  trigger.wake.take();
  trigger.runner.take();
  const { wakes, runs } = await deliver[arrival](trigger, BATCHES);
  const perBatch = ({ cluster, log, cpuMs }: Asked, invocations: number): PartOfDelivery => ({
    invocations: invocations / BATCHES,
    cluster: scaleUsage(cluster, 1 / BATCHES),
    log: scaleUsage(log, 1 / BATCHES),
    cpuMs: cpuMs / BATCHES,
  });
  return {
    wake: perBatch(trigger.wake.take(), wakes),
    dispatcher: perBatch(trigger.runner.take(), runs),
    calls: trigger.calls,
  };
}

/** Invocations of the two functions. */
interface Invocations {
  readonly wakes: number;
  readonly runs: number;
}

const { functionMs } = assumedOfTriggers;

const deliver: Readonly<Record<Arrival, (trigger: BenchTrigger, batches: number) => Promise<Invocations>>> = {
  async alone(trigger, batches) {
    trigger.onInvoke = async () => trigger.clock.leap(functionMs);
    let runs = 0;
    for (let batch = 0; batch < batches; batch++) {
      trigger.clock.leap(APART_MS);
      await trigger.append();
      runs += await trigger.wakeUp();
      await trigger.run();
    }
    return { wakes: batches, runs };
  },
  async 'one after another'(trigger, batches) {
    let [appended, wakes, runs] = [1, 1, 0];
    trigger.onInvoke = async () => {
      trigger.clock.leap(functionMs);
      if (appended === batches) return;
      await trigger.append();
      appended++;
      if (appended % (assumedOfTriggers.streamWindowMs / functionMs) !== 0) return;
      wakes++;
      runs += await trigger.wakeUp();
    };
    await trigger.append();
    runs += await trigger.wakeUp();
    await trigger.run();
    return { wakes, runs };
  },
  async 'all there'(trigger, batches) {
    trigger.onInvoke = async () => trigger.clock.leap(functionMs);
    for (let batch = 0; batch < batches; batch++) await trigger.append();
    const runs = await trigger.wakeUp();
    await trigger.run();
    return { wakes: 1, runs };
  },
};

function rowOf(arrival: Arrival, batchRecords: number, { wake, dispatcher }: Delivery): TriggerCostRow {
  const usage = sumUsage([wake.cluster, wake.log, dispatcher.cluster, dispatcher.log]);
  const { wakeMemoryInMiB, dispatcherMemoryInMiB, functionMemoryInMiB, invokeMs } = assumedOfTriggers;
  const { lambda } = prices;
  const dispatcherMs = msOf(dispatcher, dispatcherMemoryInMiB) + invokeMs + functionMs;
  const ofBatch: TriggerDollars = {
    ...dollarsOfStores(usage),
    lambda:
      lambda.perRequest * (wake.invocations + dispatcher.invocations) +
      dollarsOfTime(msOf(wake, wakeMemoryInMiB), wakeMemoryInMiB / 1024) +
      dollarsOfTime(dispatcherMs, dispatcherMemoryInMiB / 1024),
    function: lambda.perRequest + dollarsOfTime(functionMs, functionMemoryInMiB / 1024),
  };
  const millions = 1e6 / batchRecords;
  const dollars = Object.fromEntries(Object.entries(ofBatch).map(([name, value]) => [name, value * millions]));
  return { arrival, batchRecords, wake, dispatcher, usage, dollars: { ...ofBatch, ...dollars } };
}

/** Calls follow one another; CPU takes longer where there is less memory. */
function msOf({ cluster, log, cpuMs }: PartOfDelivery, memoryInMiB: number): number {
  const usage = sumUsage([cluster, log]);
  const tableCalls = requestsOf(usage) - usage.objectGets;
  const waitMs = tableCalls * assumed.tableCallMs + usage.objectGets * assumed.objectGetMs;
  return waitMs + cpuMs * (assumedOfTriggers.memoryOfCoreInMiB / memoryInMiB);
}
