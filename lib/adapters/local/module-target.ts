/**
 * Functions that are modules on this machine: handlers in the shape of AWS Lambda's, each in a thread of its own, loaded again when its
 * file or one that it imports has changed.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TargetAnswer, TargetCall, TriggerTarget } from '../../ports/trigger-target.ts';
import { errorText } from './error-text.ts';
import { HandlerThread } from './handler-thread.ts';

/** A thread that nothing was asked of for so long is ended, as an environment of Lambda is. */
const IDLE_MS = 10 * 60_000;

export class ModuleTarget implements TriggerTarget {
  readonly #threads = new Map<string, HandlerThread>();
  #isClosed = false;

  /** @param call whose function is a `file:` URL; what follows a `#` is the name of the export */
  async invoke(call: TargetCall): Promise<TargetAnswer> {
    if (this.#isClosed) return { outcome: 'refused', error: 'the server was stopped' };
    this.#endIdle();
    try {
      const path = fileURLToPath(call.function);
      if (!existsSync(path)) return { outcome: 'refused', error: `there is no file ${path}` };
      return await this.#threadOf(call.function).invoke(call);
    } catch (error) {
      return { outcome: 'refused', error: errorText(error) };
    }
  }

  /** Ends all threads; calls under way count as not made. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#threads.values()].map(thread => thread.close()));
    this.#threads.clear();
  }

  #threadOf(name: string): HandlerThread {
    const present = this.#threads.get(name);
    if (present && !present.isOld) return present;
    present?.retire();
    const url = new URL(name);
    const exportName = url.hash === '' ? undefined : decodeURIComponent(url.hash.slice(1));
    url.hash = '';
    const thread = new HandlerThread({ url: url.href, exportName });
    this.#threads.set(name, thread);
    return thread;
  }

  #endIdle(): void {
    for (const [name, thread] of this.#threads) {
      if (thread.idleMs < IDLE_MS) continue;
      thread.retire();
      this.#threads.delete(name);
    }
  }
}
