/** Runs one task of the maintenance function. Any of them may run late, twice, or beside another. */
import type { Deadline } from '../log/deadline.ts';
import type { Json } from '../ports/function-invoker.ts';
import { type MaintenanceReport, maintainAll, maintainPartition } from './maintain.ts';
import type { MaintenanceServices } from './services.ts';
import { type MaintenanceTask, maintainTask } from './task.ts';
import { readTopicConfigs } from './topic-configs.ts';

/** Runs that follow each other. Lambda takes some sixteen for a loop, and ends it. */
export const RUNS_IN_A_ROW = 12;

export interface RunTaskParams {
  readonly deadline: Deadline;
  readonly report: MaintenanceReport;
}

/** Does the task, and answers with the one that goes on where time ran out. */
export async function runTask(
  services: MaintenanceServices,
  task: MaintenanceTask,
  { deadline, report }: RunTaskParams,
): Promise<(MaintenanceTask & Json) | undefined> {
  if (task.task === 'roll') {
    const config = (await readTopicConfigs(services.cluster)).get(task.topicId);
    // a topic that is gone has nothing to roll
    if (config) await maintainPartition(services, task, { config, deadline, report });
    return undefined;
  }
  const cursor = await maintainAll(services, { deadline, from: task.from, report });
  if (!cursor) return undefined;
  const runs = (task.runs ?? 0) + 1;
  if (runs < RUNS_IN_A_ROW) return maintainTask(cursor, runs);
  const { topic, partition } = cursor;
  report.failures.push(new Error(`${runs} runs in a row came only to partition ${partition} of topic '${topic}'`));
  return undefined;
}
