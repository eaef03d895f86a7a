/** What a consumer instance reads: the topics that it subscribes to, and shares with its group, or partitions of its own choice. */
import { MillraceError } from '../protocol/errors.ts';
import { autoCommit } from './auto-commit.ts';
import type { HeldPosition, Member, Subscription } from './cells.ts';
import { holdPartition } from './hold-partitions.ts';
import { type InstanceName, withInstance, withInstanceChanged } from './instance.ts';
import { prepareSubscription } from './join-group.ts';
import { isSubscribed } from './members.ts';
import type { NamedPartition } from './named-partition.ts';
import { reconcile } from './reconcile.ts';
import type { GroupServices } from './services.ts';

/**
 * Subscribes to other topics than before. What the instance is given of them at once it holds when this is answered.
 *
 * @throws MillraceError UNKNOWN_MEMBER, ILLEGAL_CONSUMER_STATE where it has chosen partitions itself
 */
export async function subscribeInstance(
  services: GroupServices,
  name: InstanceName,
  subscription: Subscription,
): Promise<void> {
  await withInstance(services, name, {
    follows: false,
    async act(present) {
      const { group, member, instance } = present;
      if (instance.isManual) throw illegal('has chosen its partitions itself; unsubscribe first');
      await prepareSubscription(services, group, { subscription, offsetReset: member.offsetReset, instance });
      return { answer: undefined, member: { ...withInstanceChanged(services, present, {}), subscription } };
    },
  });
  // takes what it is given
  await withInstance(services, name, { follows: true, act: async () => ({ answer: undefined }) });
}

/** Reads nothing any more, by subscription or by choice; an instance that commits by itself commits what was received. */
export async function unsubscribeInstance(services: GroupServices, name: InstanceName): Promise<void> {
  await withInstance(services, name, {
    follows: false,
    async act(present) {
      const { group, instance } = present;
      if (instance.autoCommit) await autoCommit(services, present, instance.held);
      const changed = withInstanceChanged(services, present, { held: [], isManual: false });
      // it holds nothing any more, so others need not wait for it
      const member: Member = { ...changed, subscription: { topics: [] }, ackedEpoch: group.head.epoch };
      return { answer: undefined, member };
    },
  });
  await withInstance(services, name, {
    follows: false,
    async act({ group }) {
      await Promise.allSettled([reconcile(services, group)]);
      return { answer: undefined };
    },
  });
}

export const readSubscription = (services: GroupServices, name: InstanceName): Promise<Subscription> =>
  withInstance(services, name, { follows: false, act: async ({ member }) => ({ answer: member.subscription }) });

/** What an instance holds. */
export const readAssignment = (services: GroupServices, name: InstanceName): Promise<readonly HeldPosition[]> =>
  withInstance(services, name, { follows: false, act: async ({ instance }) => ({ answer: instance.held }) });

/**
 * Reads these partitions and no others, whoever else does. It begins at the offsets that the group has committed.
 *
 * @throws MillraceError UNKNOWN_MEMBER, UNKNOWN_TOPIC, UNKNOWN_PARTITION, ILLEGAL_CONSUMER_STATE where it is subscribed
 */
export async function assignInstance(
  services: GroupServices,
  name: InstanceName,
  partitions: readonly NamedPartition[],
): Promise<void> {
  await withInstance(services, name, {
    follows: false,
    async act(present) {
      if (isSubscribed(present.member)) throw illegal('is subscribed to topics; unsubscribe first');
      const held = await Promise.all(distinct(partitions).map(each => holdPartition(services, present, each)));
      return { answer: undefined, member: withInstanceChanged(services, present, { held, isManual: held.length > 0 }) };
    },
  });
}

const distinct = (partitions: readonly NamedPartition[]): readonly NamedPartition[] => [
  ...new Map(partitions.map(each => [`${each.topic}/${each.partition}`, each])).values(),
];

const illegal = (why: string) => new MillraceError('ILLEGAL_CONSUMER_STATE', `the consumer instance ${why}`);
