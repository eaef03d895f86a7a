/** What triggers invoke on one machine: modules by their path, and URLs. */
import type { Clock } from '../../ports/clock.ts';
import type { TargetAnswer, TargetCall, TriggerTarget } from '../../ports/trigger-target.ts';
import { HttpTarget } from './http-target.ts';
import { ModuleTarget } from './module-target.ts';

export class LocalTarget implements TriggerTarget {
  readonly #modules = new ModuleTarget();
  readonly #urls: HttpTarget;

  constructor(clock: Clock) {
    this.#urls = new HttpTarget(clock);
  }

  invoke(call: TargetCall): Promise<TargetAnswer> {
    const error = refusalOfLocalFunction(call.function);
    if (error !== undefined) return Promise.resolve({ outcome: 'refused', error });
    return call.function.startsWith('file:') ? this.#modules.invoke(call) : this.#urls.invoke(call);
  }

  close(): Promise<void> {
    return this.#modules.close();
  }
}

/** What is wrong with a function's name, where it is none that can be invoked here. */
export function refusalOfLocalFunction(name: string): string | undefined {
  const expected = 'expected a file: URL of a module, or an http: or https: URL';
  let url: URL;
  try {
    url = new URL(name);
  } catch {
    return expected;
  }
  if (url.protocol === 'file:') return url.host === '' ? undefined : expected;
  return url.protocol === 'http:' || url.protocol === 'https:' ? undefined : expected;
}
