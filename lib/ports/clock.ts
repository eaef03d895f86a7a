/**
 * The port to time. Code below the composition root never reads a clock of its own, so that a simulator can own it.
 */
export interface Clock {
  /** Wall time in milliseconds since the epoch; may jump, either way. */
  now(): number;

  /** Milliseconds from an arbitrary start; never goes back, may stand still while the process is frozen. */
  monotonic(): number;

  /** Resolves after at least `ms` milliseconds. */
  sleep(ms: number): Promise<void>;
}
