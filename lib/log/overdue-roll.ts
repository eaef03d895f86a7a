/**
 * Starting the roll of a log that nobody rolls: whoever meets an entry above the rolled offset that is a day old says so. Entries
 * expire after days, and must have been rolled by then.
 */
import type { LogDeps } from './deps.ts';
import type { LogEntry } from './log-entry.ts';
import type { TopicPartition } from './topic-partition.ts';

const OVERDUE_MS = 86_400_000;

/** @param entry one that is not rolled, or none */
export async function startOverdueRoll(
  { clock, rollStarter }: Pick<LogDeps, 'clock' | 'rollStarter'>,
  at: TopicPartition,
  entry: LogEntry | undefined,
): Promise<void> {
  if (entry && clock.now() - entry.createdAt > OVERDUE_MS) await rollStarter.start(at);
}
