/**
 * A group's committed offset goes back only by a reset. A reset whose outcome is unknown may take effect at any later time,
 * so from then on nothing is known of the offset.
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
  return [...byGroup].flatMap(([group, ofGroup]) => checkGroup(group, ofGroup));
}

/** What happens at one moment: a read begins, an offset becomes known, or a reset begins or ends. */
type Event =
  | { readonly at: number; readonly kind: 'reads'; readonly offset: number }
  | { readonly at: number; readonly kind: 'knows'; readonly since: number; readonly offset: number }
  | { readonly at: number; readonly kind: 'resets' | 'has-reset' };

function checkGroup(group: string, operations: readonly GroupOperation[]): Found[] {
  const found: Found[] = [];
  let known = 0;
  let resetsUnderWay = 0;
  let lastReset = Number.NEGATIVE_INFINITY;
  for (const event of operations.flatMap(eventsOf).toSorted(inTime)) {
    switch (event.kind) {
      case 'resets':
        resetsUnderWay++;
        known = 0;
        break;
      case 'has-reset':
        resetsUnderWay--;
        lastReset = event.at;
        break;
      case 'knows':
        if (resetsUnderWay === 0 && event.since > lastReset) known = Math.max(known, event.offset);
        break;
      case 'reads':
        if (event.offset < known)
          found.push(['committed-offset-went-back', `${group}: ${event.offset} after ${known}`]);
    }
  }
  return found;
}

/** What becomes known as a read begins may have come after it. */
const inTime = (a: Event, b: Event) => a.at - b.at || Number(b.kind === 'reads') - Number(a.kind === 'reads');

function eventsOf(operation: GroupOperation): Event[] {
  const { start, end } = operation;
  switch (operation.operation) {
    case 'reset':
      if (operation.answer.outcome === 'failed') return [];
      return [{ at: start, kind: 'resets' }, ...(isOk(operation) ? [{ at: end, kind: 'has-reset' } as const] : [])];
    case 'commit':
      return isOk(operation) ? [{ at: end, kind: 'knows', since: start, offset: operation.offset }] : [];
    case 'committed': {
      if (!isOk(operation)) return [];
      const offset = operation.answer.result.offset ?? 0;
      return [
        { at: start, kind: 'reads', offset },
        { at: end, kind: 'knows', since: start, offset },
      ];
    }
  }
}
