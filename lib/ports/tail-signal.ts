/**
 * The port by which an append wakes the readers that wait at a partition's end.
 *
 * A wake-up is a hint, never a promise: an append by another process may go unnoticed, so a waiter bounds its wait and then
 * looks by itself.
 */
export interface TailSignal {
  /** Whether the process is about to end: nobody waits any more. */
  readonly isClosed: boolean;

  /** A moment to wait from: taken before a look at the log, so that what is appended after the look is not missed. */
  mark(): number;

  /** Says that the log named by `logKey` has grown. */
  notify(logKey: string): void;

  /** Resolves when one of the logs has grown since `mark`, at the latest after `ms` milliseconds. */
  wait(logKeys: ReadonlySet<string>, mark: number, ms: number): Promise<void>;
}
