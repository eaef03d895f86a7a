/**
 * The roll starter of functions that serve requests: it invokes the maintenance function, for one partition at most once a minute
 * from one process. What goes wrong is told and forgotten: the request that met the old entry has nothing to do with it.
 */
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Clock } from '../ports/clock.ts';
import type { FunctionInvoker } from '../ports/function-invoker.ts';
import type { RollStarter } from '../ports/roll-starter.ts';
import { OnceInAWhile } from './once-in-a-while.ts';
import { rollTask } from './task.ts';

const AGAIN_AFTER_MS = 60_000;

export interface RollStarterOptions {
  readonly invoker: FunctionInvoker;
  /** Of the maintenance function. */
  readonly functionName: string;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

export class InvokingRollStarter implements RollStarter {
  readonly #options: RollStarterOptions;
  readonly #starts: OnceInAWhile;

  constructor(options: RollStarterOptions) {
    this.#options = options;
    this.#starts = new OnceInAWhile(options.clock, AGAIN_AFTER_MS);
  }

  async start(at: TopicPartition): Promise<void> {
    const { invoker, functionName, onFault } = this.#options;
    if (!this.#starts.isDue(at)) return;
    try {
      await invoker.invoke(functionName, rollTask([at]));
    } catch (error) {
      onFault(error);
    }
  }
}
