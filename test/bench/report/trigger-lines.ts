/** Figures of triggers as lines of text, and what they say in words, here and on the page. */
import { assumed, assumedOfTriggers } from '../prices.ts';
import { type CallsUntilStart, type TriggerBudget, waitMs } from '../trigger-budget.ts';
import { dollarsBetween, type TriggerCostRow } from '../trigger-costs.ts';
import type { LatencyRow } from '../trigger-latency.ts';
import { dollars, millis, whole } from './figures.ts';
import { columns, title } from './terminal.ts';

export function latencyHeader(): string {
  const figures = columns('batch', 'server', 'batches', 'p50 ms', 'p99 ms');
  return `\ntriggers: from produce's answer to the function's start, on the local server\n${title('function')}${figures}`;
}

export function latencyLine({ target, batchRecords, load, batches, p50Ms, p99Ms }: LatencyRow): string {
  const batch = batchRecords === undefined ? '' : whole(batchRecords);
  return title(nameOf(target)) + columns(batch, load, whole(batches), millis(p50Ms), millis(p99Ms));
}

export const nameOf = (target: LatencyRow['target']): string => (target === 'raw' ? '2 synced writes' : target);

/** A step on the way from an append to the function: what it is here, what in AWS, and how long it is taken to be there. */
export interface BudgetStep {
  readonly step: string;
  readonly local: string;
  readonly aws: string;
  readonly awsMs: string;
}

export function budgetSteps({ look, wake, runner, aws: [least, most] }: TriggerBudget): readonly BudgetStep[] {
  const { streamWindowMs, streamPollMs, asyncStartMs, invokeMs } = assumedOfTriggers;
  return [
    {
      step: 'somebody hears of it',
      local: 'at once, by a signal',
      aws: `the stream's window, and its polling`,
      awsMs: `${whole(streamWindowMs)} to ${whole(streamWindowMs + streamPollMs)}`,
    },
    { step: 'who is behind', local: callsText(look), aws: `wake: ${callsText(wake)}`, awsMs: whole(waitMs(wake)) },
    {
      step: 'a runner starts',
      local: 'in the same process',
      aws: 'an asynchronous invocation',
      awsMs: whole(asyncStartMs),
    },
    { step: 'until it sends', local: callsText(runner), aws: callsText(runner), awsMs: whole(waitMs(runner)) },
    { step: 'the function starts', local: 'a message, or a POST', aws: 'an invocation', awsMs: whole(invokeMs) },
    { step: 'together', local: 'as measured', aws: 'reckoned', awsMs: `${whole(least)} to ${whole(most)}` },
  ];
}

/** Calls that follow one another; writes wait for the disk. */
const callsText = ({ reads, writes }: CallsUntilStart): string =>
  `${reads} reads${writes > 0 ? `, ${writes} writes` : ''}`;

export function budgetLines(budget: TriggerBudget): readonly string[] {
  const head = 'where the time goes, and how long that is taken to be in AWS';
  const rows = budgetSteps(budget).map(({ step, local, aws, awsMs }) => {
    return `  ${step.padEnd(24)}${local.padEnd(24)}${aws.padEnd(38)}${awsMs.padStart(14)} ms`;
  });
  return [`\n${head}`, `  ${''.padEnd(24)}${'local'.padEnd(24)}AWS`, ...rows];
}

export function triggerCostHeader(): string {
  const counts = ['batch', 'invocations', 'reads', 'writes', 'GETs'];
  const figures = columns(...counts, '$ DynamoDB', '$ Lambda', '$/M records', '$ function');
  const about = 'to deliver a batch of records of 1 KiB in AWS; dollars are for a million records';
  return `\ntriggers: ${about}\n${title('they come')}${figures}`;
}

export function triggerCostLine(row: TriggerCostRow): string {
  const { arrival, batchRecords, usage, dollars: sums } = row;
  const counts = [invocationsOf(row), usage.gets + usage.queries, usage.writes, usage.objectGets];
  const money = [sums.dynamoDb, sums.lambda, dollarsBetween(sums), sums.function];
  const figures = [...counts.map(count => count.toFixed(2)), ...money.map(dollars)];
  // the longest name takes a column of the next
  return title(arrival) + columns(whole(batchRecords), ...figures).slice(Math.max(0, arrival.length - 16));
}

/** Of wake and the dispatcher, for one batch. */
export const invocationsOf = ({ wake, dispatcher }: TriggerCostRow): number =>
  wake.invocations + dispatcher.invocations;

/** What the dollars rest on. */
export function costNotes(): readonly string[] {
  const { functionMs, functionMemoryInMiB, wakeMemoryInMiB, dispatcherMemoryInMiB } = assumedOfTriggers;
  const between = `wake (${wakeMemoryInMiB} MiB) and the dispatcher (${dispatcherMemoryInMiB} MiB)`;
  const waits = `${assumed.tableCallMs} ms for a table, ${assumed.objectGetMs} ms for a GET`;
  return [
    `Lambda is ${between}, which wait ${waits}, and the latter ${functionMs} ms for the function; CPU is slower where there is less memory.`,
    `The function itself, ${functionMs} ms at ${functionMemoryInMiB} MiB for each batch, is paid for with any event source, and stands apart.`,
  ];
}
