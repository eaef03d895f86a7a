/** What every use case is given: the ports, and what one process believes of topics and logs. */
import type { LogDeps } from './deps.ts';
import { PartitionLogs } from './partition-log.ts';
import { TopicDirectory } from './topic-directory.ts';

export interface LogServices extends LogDeps {
  readonly logs: PartitionLogs;
  readonly topics: TopicDirectory;
}

export function createLogServices(deps: LogDeps): LogServices {
  return { ...deps, logs: new PartitionLogs(deps), topics: new TopicDirectory(deps) };
}
