/** What the simulator's command lines share. */
import { execFileSync } from 'node:child_process';

export function positiveInteger(option: string, value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${option} ${value}: expected a positive integer`);
}

/** The commit of the checkout, and whether it has changes of its own. */
export function commitOf(): string {
  const git = (...args: string[]) => execFileSync('git', ['--no-optional-locks', ...args], { encoding: 'utf8' }).trim();
  return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
}
