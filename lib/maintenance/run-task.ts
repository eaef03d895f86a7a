/** Runs one task of the maintenance function. Any of them may run late, twice, or beside another. */
import type { Deadline } from '../log/deadline.ts';
import type { Json } from '../ports/function-invoker.ts';
import { maintainAll } from './maintain.ts';
import { compactPartition, maintainPartition } from './maintain-partition.ts';
import type { MaintenanceReport } from './report.ts';
import { isOver, type MaintenanceServices } from './services.ts';
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
    const topics = await readTopicConfigs(services.cluster);
    const jobs = task.partitions.flatMap(at => {
      const topic = topics.get(at.topicId);
      // what is gone, or never was, has nothing to roll
      return topic && at.partition < topic.partitions ? [{ at, params: { ...topic, deadline, report } }] : [];
    });
    for (const { at, params } of jobs) await maintainPartition(services, at, params);
    // what they rolled may have made them dirty enough; whatever there is no time for waits for the schedule
    for (const { at, params } of jobs) {
      if (!isOver(services, deadline)) await compactPartition(services, at, params);
    }
    return undefined;
  }
  if (task.task !== 'maintain') throw new Error(`there is no task ${JSON.stringify(task)}`);
  const cursor = await maintainAll(services, { deadline, from: task.from, report });
  if (!cursor) return undefined;
  const runs = (task.runs ?? 0) + 1;
  if (runs < RUNS_IN_A_ROW) return maintainTask(cursor, runs);
  const { topic, partition, isCompacting } = cursor;
  const where = `partition ${partition} of topic '${topic}'`;
  report.failures.push(new Error(`${runs} runs in a row ${isCompacting ? 'compacted' : 'came'} only to ${where}`));
  return undefined;
}
