/** What triggers invoke on one machine: modules by their path, and URLs. */
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
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

const EXPECTED = 'expected a file: URL of a module, or an http: or https: URL';

/** What is wrong with a function's name, where it is none that can be invoked here. */
export function refusalOfLocalFunction(name: string): string | undefined {
  try {
    const url = new URL(name);
    if (url.protocol === 'http:' || url.protocol === 'https:') return undefined;
    if (url.protocol !== 'file:') return EXPECTED;
    decodeURIComponent(url.hash);
    return isAbsolute(fileURLToPath(url)) ? undefined : EXPECTED;
  } catch {
    return EXPECTED;
  }
}

/** The same for whoever is not on this machine: what a file does is for those to choose who can log in to it. */
export const refusalOfRemoteFunction = (name: string): string | undefined =>
  name.startsWith('file:')
    ? 'this server listens beyond its machine, so modules are given with its command alone; expected a URL'
    : refusalOfLocalFunction(name);
