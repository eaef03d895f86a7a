/**
 * The port by which a trigger's function is invoked: one call at a time for each partition, waited for to its end.
 *
 * A call is made once. Nobody below this port sends it again: whoever calls decides, by what is stored, whether it may.
 */

export interface TargetCall {
  /** What is invoked, as the trigger's settings name it. */
  readonly function: string;
  /** The event, as JSON. */
  readonly payload: string;
  /** The function has ended after so long, whether it answered or not, in milliseconds. */
  readonly timeoutMs: number;
}

export type TargetAnswer =
  /** It ran to its end; with what it returned, as JSON. */
  | { readonly outcome: 'done'; readonly response: string }
  /** It ran and failed, or ran out of time. */
  | { readonly outcome: 'failed'; readonly error: string }
  /** It was not run: too many are running. */
  | { readonly outcome: 'throttled' }
  /** It was not run, and something has to be set right: there is no such function, or it may not be invoked. */
  | { readonly outcome: 'refused'; readonly error: string }
  /** No answer came: it may have run, or may still. */
  | { readonly outcome: 'unknown'; readonly error: string };

export interface TriggerTarget {
  /** Never rejects. Answers `unknown` no earlier than the function has ended, if it was ever begun. */
  invoke(call: TargetCall): Promise<TargetAnswer>;
}
