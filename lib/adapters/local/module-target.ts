/**
 * Functions that are modules on this machine: handlers in the shape of AWS Lambda's, each in a thread of its own, loaded again when its
 * file or one that it imports has changed.
 */
import type { TargetAnswer, TargetCall, TriggerTarget } from '../../ports/trigger-target.ts';
import { HandlerThread } from './handler-thread.ts';

export class ModuleTarget implements TriggerTarget {
  readonly #threads = new Map<string, HandlerThread>();
  #isClosed = false;

  /** @param call whose function is a `file:` URL; what follows a `#` is the name of the export */
  async invoke(call: TargetCall): Promise<TargetAnswer> {
    if (this.#isClosed) return { outcome: 'refused', error: 'the server was stopped' };
    return this.#threadOf(call.function).invoke(call);
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
}
