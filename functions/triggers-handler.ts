/**
 * Does a task of the dispatcher within the time that Lambda gives, and prints its metrics.
 *
 * What fails is found again by what is noted as due, so Lambda need not repeat it.
 */
import type { Context } from 'aws-lambda';
import { deadlineIn } from '../lib/log/deadline.ts';
import { type Dispatched, startDue, sweepTriggers } from '../lib/triggers/dispatch.ts';
import { runPartition } from '../lib/triggers/run-partition.ts';
import type { RunnerServices } from '../lib/triggers/services.ts';
import type { DispatchTask } from '../lib/triggers/task.ts';
import { triggerMetricsLine } from './trigger-metrics-line.ts';

/** Kept back of the function's time, for what is under way when time is up. */
const RESERVE_MS = 5_000;

export interface TriggersHandlerDeps {
  readonly services: RunnerServices;
  /** Prints a line as it is. */
  readonly print: (line: string) => void;
  readonly onFault: (error: unknown) => void;
}

type TaskContext = Pick<Context, 'functionName' | 'getRemainingTimeInMillis'>;

export function triggersHandler({ services, print, onFault }: TriggersHandlerDeps) {
  return async (task: DispatchTask, context: TaskContext): Promise<void> => {
    const deadline = deadlineIn(services.clock, context.getRemainingTimeInMillis() - RESERVE_MS);
    switch (task.task) {
      case 'run': {
        const { report } = await runPartition(services, task.run, deadline);
        print(triggerMetricsLine(report, { functionName: context.functionName, now: services.clock.now() }));
        return;
      }
      case 'due':
        return complain(await startDue(services, deadline), onFault);
      case 'sweep':
        return complain(await sweepTriggers(services, deadline), onFault);
      default:
        throw new Error(`there is no task ${JSON.stringify(task)}`);
    }
  };
}

function complain({ failures }: Dispatched, onFault: (error: unknown) => void): void {
  for (const failure of failures) onFault(failure);
  if (failures.length > 0) throw new Error(`triggers that could not be started: ${failures.length}`);
}
