/** What a run did, for metrics and for whoever watches. */
import type { RunRequest } from '../ports/runner-starter.ts';

/** What became of a run. */
export type RunEnd =
  /** There is nothing more to deliver. */
  | 'idle'
  /** Another runner has the partition, or what failed is not due to be tried again yet. */
  | 'held'
  /** The trigger, or its topic, is gone or paused. */
  | 'stopped'
  /** Another runner took the partition over. */
  | 'fenced'
  /** It was out of time, and has started another. */
  | 'handed on'
  /** What failed is tried again later. */
  | 'waiting';

export interface RunReport {
  readonly request: RunRequest;
  invocations: number;
  /** Invocations that failed, or could not be made. */
  failures: number;
  /** Records of the invocations that were done. */
  delivered: number;
  /** Records that went to the destination, or were dropped without one. */
  givenUp: number;
  /** Records behind the end of the log when it was last looked at. */
  lag: number;
}

export const newRunReport = (request: RunRequest): RunReport => ({
  request,
  invocations: 0,
  failures: 0,
  delivered: 0,
  givenUp: 0,
  lag: 0,
});

/** A failure of a trigger, told where somebody watches. */
export interface TriggerFailure {
  readonly trigger: string;
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** How often the same records have failed; 0 where they were not delivered at all. */
  readonly failures: number;
  readonly error: string;
  readonly isGivenUp: boolean;
}
