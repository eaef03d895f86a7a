/**
 * A group's committed offset goes back only by a reset, and is one that someone asked for. A reset whose outcome is unknown may
 * take effect at any later time, so from then on nothing is known of the offset.
 */
import type { Found } from './anomaly.ts';
import {
  type CommitOperation,
  type CommittedOperation,
  isOk,
  named,
  type Operation,
  type ResetOperation,
} from './history.ts';

type GroupOperation = CommitOperation | CommittedOperation | ResetOperation;

export function checkCommitted(operations: readonly Operation[]): Found[] {
  const ofGroups: GroupOperation[] = [
    ...named(operations, 'commit'),
    ...named(operations, 'committed'),
    ...named(operations, 'reset'),
  ];
  const byGroup = Map.groupBy(ofGroups, ({ group }) => group);
  return [...byGroup].flatMap(([group, ofGroup]) => new GroupCheck(group).check(ofGroup));
}

/** At one moment what is first may have come after what is last. */
const kinds = ['begins', 'asks', 'ends'] as const;

interface Event {
  readonly at: number;
  readonly kind: (typeof kinds)[number];
  readonly operation: GroupOperation;
}

/** What was known as an operation began. */
interface Before {
  readonly least: number;
  readonly resetsUnderWay: number;
  readonly resetsBegun: number;
  readonly lastReset: number;
}

class GroupCheck {
  readonly #group: string;
  readonly #found: Found[] = [];
  readonly #before = new Map<GroupOperation, Before>();
  /** When the last request for an offset ended; never, where its outcome is unknown. */
  readonly #askedUntil = new Map<number, number>();
  #least = 0;
  #resetsUnderWay = 0;
  #resetsBegun = 0;
  /** When the last of the acknowledged resets began. */
  #lastReset = Number.NEGATIVE_INFINITY;

  constructor(group: string) {
    this.#group = group;
  }

  check(operations: readonly GroupOperation[]): readonly Found[] {
    for (const { kind, operation } of operations.flatMap(eventsOf).toSorted(inTime)) {
      if (kind === 'begins') this.#begin(operation);
      else if (kind === 'asks') this.#ask(operation);
      else this.#end(operation);
    }
    return this.#found;
  }

  #begin(operation: GroupOperation): void {
    this.#before.set(operation, {
      least: this.#least,
      resetsUnderWay: this.#resetsUnderWay,
      resetsBegun: this.#resetsBegun,
      lastReset: this.#lastReset,
    });
  }

  #ask(operation: GroupOperation): void {
    if (operation.operation === 'committed') return;
    const { offset, end } = operation;
    const until = isOk(operation) ? end : Number.POSITIVE_INFINITY;
    this.#askedUntil.set(offset, Math.max(until, this.#askedUntil.get(offset) ?? until));
    if (operation.operation === 'commit') return;
    this.#resetsUnderWay++;
    this.#resetsBegun++;
    this.#least = 0;
  }

  #end(operation: GroupOperation): void {
    if (!isOk(operation)) return;
    const before = this.#before.get(operation);
    if (!before) return;
    const isReset = operation.operation === 'reset';
    const resetsMeanwhile = this.#resetsBegun - before.resetsBegun - Number(isReset);
    const isAlone = before.resetsUnderWay === 0 && resetsMeanwhile === 0;
    const offset = offsetOf(operation);
    if (operation.operation === 'committed') {
      if (isAlone && offset < before.least) {
        this.#found.push(['committed-offset-went-back', `${this.#group}: ${offset} after ${before.least}`]);
      }
      this.#checkAsked(offset, before);
    }
    if (isReset) {
      this.#resetsUnderWay--;
      this.#lastReset = Math.max(this.#lastReset, operation.start);
    }
    if (isAlone) this.#least = Math.max(this.#least, offset);
  }

  /** What was asked for before a reset began that has ended is no more. A group that never committed is at 0. */
  #checkAsked(offset: number, { lastReset }: Before): void {
    const until = this.#askedUntil.get(offset);
    if (offset === 0 || (until !== undefined && until >= lastReset)) return;
    const why = until === undefined ? 'which nobody asked for' : 'which was reset';
    this.#found.push(['committed-offset-from-nowhere', `${this.#group}: ${offset}, ${why}`]);
  }
}

const offsetOf = (operation: GroupOperation & { readonly answer: { readonly outcome: 'ok' } }): number =>
  operation.operation === 'committed' ? (operation.answer.result.offset ?? 0) : operation.offset;

function eventsOf(operation: GroupOperation): Event[] {
  const { start, end, answer } = operation;
  if (answer.outcome === 'failed') return [];
  return [
    { at: start, kind: 'begins', operation },
    { at: start, kind: 'asks', operation },
    { at: end, kind: 'ends', operation },
  ];
}

const inTime = (a: Event, b: Event) => a.at - b.at || kinds.indexOf(a.kind) - kinds.indexOf(b.kind);
