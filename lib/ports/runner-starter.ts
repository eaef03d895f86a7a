/**
 * The port by which the runner of a trigger's partition is started, without waiting for it.
 *
 * A start is a hint, never a promise: it may come late, twice or never. What is due is noted in the table, and looked through.
 */

/** One partition of a trigger. */
export interface RunRequest {
  readonly trigger: string;
  readonly triggerId: string;
  readonly topicId: string;
  readonly partition: number;
  /** Runs that were noted as due and did not end: this one notes itself, and goes on in their place. */
  readonly notes?: readonly string[];
}

export interface RunnerStarter {
  /** Resolves once the start is accepted, before anything has run. @throws MillraceError */
  start(run: RunRequest): Promise<void>;
}
