import type { FunctionInvoker, Json } from '../../lib/ports/function-invoker.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';

/** Accepts every start, remembers it, and starts nothing; refuses as many as it is told to. */
export class RecordingInvoker implements FunctionInvoker {
  readonly events: Json[] = [];
  /** The functions of the events, in the same order. */
  readonly functionNames: string[] = [];
  #refused = 0;

  refuse(count: number): void {
    this.#refused = count;
  }

  async invoke(functionName: string, event: Json): Promise<void> {
    if (this.#refused-- > 0) throw new MillraceError('THROTTLED', `${functionName} was refused`);
    this.functionNames.push(functionName);
    this.events.push(event);
  }
}
