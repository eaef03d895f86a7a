/** What a member of a run is told, and what it writes down. */
import { existsSync, readFileSync } from 'node:fs';

export interface MemberOptions {
  readonly url: string;
  readonly group: string;
  readonly topic: string;
  /** In which it writes. */
  readonly file: string;
  /** Records that it processes in a second at most. */
  readonly speed: number;
  /** What to take from the machine's time to have that of the run. */
  readonly clockOriginMs: number;
  readonly sessionMs: number;
  readonly commitEveryMs: number;
  /** Of one poll. */
  readonly maxWaitMs: number;
  readonly pageBytes: number;
  /** Of one request. */
  readonly timeoutMs: number;
}

export type MemberLine =
  /** Under which the group knows it. */
  | { readonly kind: 'member'; readonly id: string }
  | { readonly kind: 'asked'; readonly id: number; readonly at: number; readonly path: string; readonly body: unknown }
  | {
      readonly kind: 'answered';
      readonly id: number;
      readonly at: number;
      readonly status: number;
      readonly text: string;
    }
  | { readonly kind: 'unanswered'; readonly id: number; readonly at: number; readonly error: string }
  /** Offsets and values of one page. */
  | {
      readonly kind: 'processed';
      readonly at: number;
      readonly partition: number;
      readonly records: readonly (readonly [number, string])[];
    };

/** A line that the member died over is none. */
export function readLines(file: string): readonly MemberLine[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as MemberLine);
}

/** Undefined before the member has begun. */
export function memberIdOf(file: string): string | undefined {
  const [first] = existsSync(file) ? readFileSync(file, 'utf8').split('\n', 1) : [];
  return first ? /^\{"kind":"member","id":"([^"]+)"\}$/.exec(first)?.[1] : undefined;
}
