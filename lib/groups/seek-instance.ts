/** Moving an instance's positions: nothing is committed, and nothing read before counts as unread for the group. */
import { MillraceError } from '../protocol/errors.ts';
import type { HeldPosition } from './cells.ts';
import { type InstanceName, type PresentInstance, withInstance, withInstanceChanged } from './instance.ts';
import type { NamedPartition } from './named-partition.ts';
import { type PositionSpec, resetPosition } from './reset-position.ts';
import type { GroupServices } from './services.ts';

export interface Seek extends NamedPartition {
  readonly to: PositionSpec | { readonly kind: 'offset'; readonly offset: number };
}

/**
 * Moves all positions or none.
 *
 * @throws MillraceError UNKNOWN_MEMBER, ILLEGAL_CONSUMER_STATE where a partition is not the instance's
 */
export async function seekInstance(services: GroupServices, name: InstanceName, seeks: readonly Seek[]): Promise<void> {
  await withInstance(services, name, {
    follows: false,
    async act(present) {
      const moved = new Map<HeldPosition, number>();
      for (const seek of seeks) {
        const held = heldOf(present, seek);
        const { to } = seek;
        moved.set(held, to.kind === 'offset' ? to.offset : await resetPosition(services, held, to));
      }
      const held = present.instance.held.map(each => {
        const position = moved.get(each);
        // what stands before the position is not said to be received: it may never have been read
        return position === undefined ? each : { ...each, position, received: position, committed: position };
      });
      return { answer: undefined, member: withInstanceChanged(services, present, { held }) };
    },
  });
}

/** @throws MillraceError ILLEGAL_CONSUMER_STATE */
export function heldOf({ instance }: PresentInstance, { topic, partition }: NamedPartition): HeldPosition {
  const held = instance.held.find(each => each.topic === topic && each.partition === partition);
  if (held) return held;
  throw new MillraceError(
    'ILLEGAL_CONSUMER_STATE',
    `${topic}-${partition} is not assigned to the consumer instance now; it is given partitions as it polls`,
  );
}
