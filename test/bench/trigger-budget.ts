/** Where the time goes between an append and the start of a function: the calls that are made one after the other until then, counted. */
import { awsLogSettings, embeddedLogSettings, type LogSettings } from '../../lib/log/deps.ts';
import { BenchTrigger } from './bench-trigger.ts';
import { requestsOf, sumUsage } from './meter.ts';
import type { MeteredWorker } from './metered-worker.ts';
import { assumed, assumedOfTriggers } from './prices.ts';
import { memoryStores } from './stores.ts';

const SHAPE = { recordBytes: 1024, batchRecords: 1 };

/** What a worker believed has ended by then. */
const APART_MS = 60_000;

export interface CallsUntilStart {
  readonly reads: number;
  readonly writes: number;
}

export interface TriggerBudget {
  /** Which partitions are behind: by the look of the local server, and by wake. */
  readonly look: CallsUntilStart;
  readonly wake: CallsUntilStart;
  /** From there to the start of the function, by the runner, on either. */
  readonly runner: CallsUntilStart;
  /** Milliseconds, reckoned: at least and at most. */
  readonly aws: readonly [number, number];
}

export async function countTriggerBudget(): Promise<TriggerBudget> {
  const embedded = await countUntilStart(embeddedLogSettings, trigger => trigger.look());
  const aws = await countUntilStart(awsLogSettings, trigger => trigger.wakeUp());
  const { streamWindowMs, streamPollMs, asyncStartMs, invokeMs } = assumedOfTriggers;
  const least = streamWindowMs + waitMs(aws.finder) + asyncStartMs + waitMs(aws.runner) + invokeMs;
  return {
    look: embedded.finder,
    wake: aws.finder,
    runner: aws.runner,
    aws: [least, least + streamPollMs],
  };
}

export const waitMs = ({ reads, writes }: CallsUntilStart): number => (reads + writes) * assumed.tableCallMs;

async function countUntilStart(settings: LogSettings, find: (trigger: BenchTrigger) => Promise<number>) {
  const trigger = await BenchTrigger.open({ stores: memoryStores(), shape: SHAPE, settings });
  let runner: CallsUntilStart | undefined;
  trigger.onInvoke = async () => {
    runner = callsOf(trigger.runner);
  };
  // the first delivery makes what later ones find
  for (let delivery = 0; delivery < 2; delivery++) {
    trigger.clock.leap(APART_MS);
    await trigger.append();
    callsOf(trigger.wake);
    await find(trigger);
    callsOf(trigger.runner);
    await trigger.run();
  }
  if (!runner) throw new Error('nothing was delivered');
  return { finder: callsOf(trigger.wake), runner };
}

function callsOf(worker: MeteredWorker): CallsUntilStart {
  const { cluster, log } = worker.take();
  const usage = sumUsage([cluster, log]);
  return { reads: requestsOf(usage) - usage.writes, writes: usage.writes };
}
