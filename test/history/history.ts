/**
 * The history of a run: what each client asked for and what it was told, in one format for the simulator, load tests and
 * deployed tests. As a file it is JSONL, one operation a line.
 *
 * An outcome is `ok`, `failed` (it had no effect and never will have one) or `unknown`: it may have had one, or may yet.
 * Taken as failed, unknown raises false alarms; taken as ok, it hides losses.
 */
export type OperationOutcome<R> =
  | { readonly outcome: 'ok'; readonly result: R }
  | { readonly outcome: 'failed'; readonly error: string }
  | { readonly outcome: 'unknown'; readonly error: string };

interface OperationBase {
  readonly client: string;
  /** Names one partition of one life of a topic. */
  readonly log: string;
  /** When the client sent it and when it had its answer, in milliseconds of one clock. */
  readonly start: number;
  readonly end: number;
}

/** One try to append values, each unique to the run; a retry is another operation with the same values. */
export interface ProduceOperation extends OperationBase {
  readonly operation: 'produce';
  readonly values: readonly string[];
  /** Where the values are an idempotent producer's: its id, epoch and the first sequence. */
  readonly producer?: { readonly id: number; readonly epoch: number; readonly sequence: number };
  readonly answer: OperationOutcome<{ readonly baseOffset: number }>;
}

export interface FetchOperation extends OperationBase {
  readonly operation: 'fetch';
  readonly offset: number;
  readonly answer: OperationOutcome<{
    readonly records: readonly { readonly offset: number; readonly value: string }[];
    readonly nextOffset: number;
    readonly highWatermark: number;
    readonly logStartOffset: number;
  }>;
}

export type Operation = ProduceOperation | FetchOperation;

export const toJsonl = (history: readonly Operation[]): string =>
  history.map(operation => `${JSON.stringify(operation)}\n`).join('');

export const fromJsonl = (text: string): Operation[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Operation);
