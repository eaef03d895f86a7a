/** Starts runners as invocations of the dispatcher's function, each partition for itself. */
import type { FunctionInvoker } from '../ports/function-invoker.ts';
import type { RunnerStarter, RunRequest } from '../ports/runner-starter.ts';
import { runTask } from './task.ts';

export interface InvokingRunnerStarterOptions {
  readonly invoker: FunctionInvoker;
  /** Of the dispatcher. */
  readonly functionName: string;
}

export class InvokingRunnerStarter implements RunnerStarter {
  readonly #options: InvokingRunnerStarterOptions;

  constructor(options: InvokingRunnerStarterOptions) {
    this.#options = options;
  }

  async start(run: RunRequest): Promise<void> {
    const { invoker, functionName } = this.#options;
    await invoker.invoke(functionName, runTask(run));
  }
}
