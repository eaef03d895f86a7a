/**
 * The port by which one function starts another without waiting for it.
 *
 * A start is accepted, then runs at some time, or twice, or never where the system gives up: whoever is started does what is due
 * by what is stored, and something else starts it too.
 *
 * Failures are `MillraceError`, as in the item table.
 */

/** What JSON can write. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface FunctionInvoker {
  /** Resolves once the start is accepted, before anything has run. */
  invoke(functionName: string, event: Json): Promise<void>;
}
