import type { TestWorker } from './memory-services.ts';

/** Where a worker dies: at its call of this number, before that takes effect or after. */
export interface Death {
  readonly call: number;
  readonly applied: boolean;
}

/** Does something in a worker that is killed at one of its port calls; tells whether it came so far. */
export async function killed<W extends TestWorker>(
  worker: W,
  { call, applied }: Death,
  work: (services: W['services']) => Promise<unknown>,
): Promise<boolean> {
  const { faults, services } = worker;
  const never = new Promise<never>(() => undefined);
  let left = call;
  let isDead = false;
  const death = new Promise<void>(resolve => {
    faults.intercept = async (_call, apply) => {
      if (isDead) return never;
      if (left-- > 0) return apply();
      if (applied) await apply();
      isDead = true;
      resolve();
      return never;
    };
  });
  await Promise.race([death, work(services)]);
  return isDead;
}

/** Runs `one` for a death at every call in turn, until the work ends before it; tells how many calls there were. */
export async function atEveryCall(applied: boolean, one: (death: Death) => Promise<boolean>): Promise<number> {
  for (let call = 0; ; call++) if (!(await one({ call, applied }))) return call;
}
