/**
 * Triggers: how soon the function of a topic starts after an append, and what it costs to deliver to it, beside the function itself.
 */
import type { Bench } from './bench.ts';
import { assumedOfTriggers } from './prices.ts';
import { whole } from './report/figures.ts';
import {
  budgetLines,
  costNotes,
  latencyHeader,
  latencyLine,
  triggerCostHeader,
  triggerCostLine,
} from './report/trigger-lines.ts';
import { countTriggerBudget, type TriggerBudget } from './trigger-budget.ts';
import { countTriggerCosts, type TriggerCosts } from './trigger-costs.ts';
import { type LatencyRow, measureTriggerLatency } from './trigger-latency.ts';

export interface TriggerResults {
  readonly assumed: typeof assumedOfTriggers;
  readonly latency: readonly LatencyRow[];
  readonly budget: TriggerBudget;
  readonly costs: TriggerCosts;
}

export async function benchTriggers({ print, ...bench }: Bench): Promise<TriggerResults> {
  print(latencyHeader());
  const latency = await measureTriggerLatency(bench, row => print(latencyLine(row)));
  const budget = await countTriggerBudget();
  for (const line of budgetLines(budget)) print(line);
  print(triggerCostHeader());
  const costs = await countTriggerCosts(row => print(triggerCostLine(row)));
  for (const line of costNotes()) print(line);
  print(`${whole(costs.calls)} calls were counted at the ports, and ${whole(costs.requestsSent)} requests on the wire`);
  return { assumed: assumedOfTriggers, latency, budget, costs };
}
