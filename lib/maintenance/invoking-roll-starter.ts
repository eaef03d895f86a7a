/**
 * The roll starter of functions that serve requests: it invokes the maintenance function, for one partition at most once a minute
 * from one process. What goes wrong is told and forgotten: the request that met the old entry has nothing to do with it.
 */
import { ageMs, type Moment, momentNow } from '../log/belief.ts';
import { logKeyOf } from '../log/catalogue.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Clock } from '../ports/clock.ts';
import type { FunctionInvoker } from '../ports/function-invoker.ts';
import type { RollStarter } from '../ports/roll-starter.ts';
import { rollTask } from './task.ts';

const AGAIN_AFTER_MS = 60_000;

/** Partitions that a process remembers to have started. */
const REMEMBERED_PARTITIONS = 1_024;

export interface RollStarterOptions {
  readonly invoker: FunctionInvoker;
  /** Of the maintenance function. */
  readonly functionName: string;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

export class InvokingRollStarter implements RollStarter {
  readonly #options: RollStarterOptions;
  readonly #startedAt = new Map<string, Moment>();

  constructor(options: RollStarterOptions) {
    this.#options = options;
  }

  async start(at: TopicPartition): Promise<void> {
    const { invoker, functionName, onFault } = this.#options;
    if (!this.#isFirst(logKeyOf(at))) return;
    try {
      await invoker.invoke(functionName, rollTask([at]));
    } catch (error) {
      onFault(error);
    }
  }

  /** Whether the partition was not started lately; remembers that it is now. */
  #isFirst(logKey: string): boolean {
    const { clock } = this.#options;
    const startedAt = this.#startedAt.get(logKey);
    if (startedAt && ageMs(clock, startedAt) < AGAIN_AFTER_MS) return false;
    this.#startedAt.delete(logKey);
    this.#startedAt.set(logKey, momentNow(clock));
    const [oldest] = this.#startedAt.keys();
    if (this.#startedAt.size > REMEMBERED_PARTITIONS && oldest !== undefined) this.#startedAt.delete(oldest);
    return true;
  }
}
