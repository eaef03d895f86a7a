/**
 * Runs a task of maintenance within the time that Lambda gives, prints its metrics, and goes on in another invocation where time
 * ran out.
 *
 * A job that failed fails the invocation, at its end: the next run does it again, so Lambda need not repeat this one.
 */
import type { Context } from 'aws-lambda';
import type { GroupSweep } from '../lib/groups/sweep-groups.ts';
import { type Deadline, deadlineIn } from '../lib/log/deadline.ts';
import { attempt, type MaintenanceReport, newReport } from '../lib/maintenance/report.ts';
import { runTask } from '../lib/maintenance/run-task.ts';
import type { MaintenanceServices } from '../lib/maintenance/services.ts';
import type { MaintenanceTask } from '../lib/maintenance/task.ts';
import type { FunctionInvoker } from '../lib/ports/function-invoker.ts';
import { metricsLine } from './metrics-line.ts';

/** Kept back of the function's time: for the job that is under way when time is up, and the metrics. */
const RESERVE_MS = 30_000;

export interface MaintenanceHandlerDeps {
  readonly services: MaintenanceServices;
  /** Lists this process among the workers: it leads what it works on. */
  readonly beSeen: () => Promise<void>;
  readonly invoker: FunctionInvoker;
  /** Does what is due of groups that nobody asks for. */
  readonly sweepGroups: (deadline: Deadline) => Promise<GroupSweep>;
  /** Prints a line as it is. */
  readonly print: (line: string) => void;
  readonly onFault: (error: unknown) => void;
}

type TaskContext = Pick<Context, 'functionName' | 'getRemainingTimeInMillis'>;

export function maintenanceHandler(deps: MaintenanceHandlerDeps) {
  const { services, beSeen, invoker, sweepGroups, print, onFault } = deps;
  return async (task: MaintenanceTask, context: TaskContext): Promise<void> => {
    const { clock } = services;
    const { functionName } = context;
    const report = newReport();
    const deadline = deadlineIn(clock, context.getRemainingTimeInMillis() - RESERVE_MS);
    await beSeen();
    // what goes on in several invocations begins with this
    if (task.task === 'maintain' && !task.from)
      await attempt(report, 'sweep groups', () => sweep(sweepGroups, deadline, report));
    const next = await runTask(services, task, { deadline, report });
    print(metricsLine(report, { functionName, isScheduled: task.task === 'maintain', now: clock.now() }));
    if (next) await invoker.invoke(functionName, next);
    for (const failure of report.failures) onFault(failure);
    if (report.failures.length > 0) throw new Error(`jobs of maintenance failed: ${report.failures.length}`);
  };
}

async function sweep(
  sweepGroups: MaintenanceHandlerDeps['sweepGroups'],
  deadline: Deadline,
  report: MaintenanceReport,
): Promise<void> {
  const { expired, failures } = await sweepGroups(deadline);
  report.expiredGroups += expired;
  report.failures.push(...failures);
}
