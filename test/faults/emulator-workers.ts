/**
 * The processes in which an emulator runs the functions: its own children that say in their environment of which function they are. They
 * are killed, and frozen and thawed; the emulator starts others.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { chosen, freeze, type Strike } from './storm.ts';

const FROZEN_MS = 2_500;

interface Worker {
  readonly pid: number;
  readonly functionName: string;
}

/** @param isOurs tells by the name of a function whether it is the run's */
export function workerStrikes(
  emulatorPid: number,
  isOurs: (functionName: string) => boolean,
): Readonly<Record<string, Strike>> {
  const frozen = new Set<number>();
  const find = (draw: number) => {
    const free = workersOf(emulatorPid).filter(({ pid, functionName }) => isOurs(functionName) && !frozen.has(pid));
    // every function is as likely as any other, however many processes it has
    const ofFunctions = [...Map.groupBy(free, ({ functionName }) => functionName).values()];
    return chosen(ofFunctions, draw)?.[0];
  };
  return {
    'function killed': async (draw, tell) => {
      const worker = find(draw);
      if (!worker) return;
      tell(nameOf(worker));
      signal(worker.pid, 'SIGKILL');
    },
    'function frozen': async (draw, tell) => {
      const worker = find(draw);
      if (!worker) return;
      tell(nameOf(worker));
      frozen.add(worker.pid);
      await freeze(name => signal(worker.pid, name), FROZEN_MS);
      frozen.delete(worker.pid);
    },
  };
}

const nameOf = ({ functionName, pid }: Worker): string => `${functionName} (${pid})`;

function workersOf(parent: number): readonly Worker[] {
  return readdirSync('/proc').flatMap(name => {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || parentOf(pid) !== parent) return [];
    const [, functionName] = /\0AWS_LAMBDA_FUNCTION_NAME=([^\0]+)/.exec(readOrNothing(`/proc/${pid}/environ`)) ?? [];
    return functionName === undefined ? [] : [{ pid, functionName }];
  });
}

/** The second field after the name, which may hold anything. */
const parentOf = (pid: number): number =>
  Number(readOrNothing(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1] ?? Number.NaN);

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** One that has ended by now needs none. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
