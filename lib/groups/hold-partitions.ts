/**
 * The partitions that an instance has chosen itself. It names them, so where a topic was deleted and its name given to another, they are
 * that one's from then on.
 */
import { sideBySide } from '../log/side-by-side.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { HeldPosition } from './cells.ts';
import { beginAt, type PresentInstance } from './instance.ts';
import type { NamedPartition } from './named-partition.ts';
import { readOffset } from './offset-cells.ts';
import { resetPosition, withoutOffset } from './reset-position.ts';
import type { GroupServices } from './services.ts';

/** Begins to hold a partition; where it stands already it stays. @throws MillraceError UNKNOWN_TOPIC, UNKNOWN_PARTITION */
export async function holdPartition(
  services: GroupServices,
  present: PresentInstance,
  { topic, partition }: NamedPartition,
): Promise<HeldPosition> {
  const { topicId } = await services.topics.resolveWith(topic, partition);
  const at = { topic, topicId, partition, since: 0 };
  const { held } = present.instance;
  const before = held.find(each => each.topicId === topicId && each.partition === partition);
  if (before) return before;
  const known = await knownOffset(services, present, at);
  if (known !== undefined) return beginAt(at, known);
  const { offsetReset } = present.member;
  if (offsetReset === 'none') throw withoutOffset(at);
  return beginAt(at, await resetPosition(services, at, { kind: offsetReset }));
}

/** The instance with positions of the topics that there are now. */
export async function holdAnew(services: GroupServices, present: PresentInstance): Promise<PresentInstance> {
  const { instance } = present;
  if (!instance.isManual) return present;
  const held = await sideBySide(instance.held, each => renewed(services, present, each));
  return { ...present, instance: { ...instance, held } };
}

/** What became of the name since is read from its first record; what cannot be read now stays, and is told by who reads it. */
async function renewed(services: GroupServices, present: PresentInstance, held: HeldPosition): Promise<HeldPosition> {
  const { topic, partition } = held;
  try {
    const { topicId } = await services.topics.resolveWith(topic, partition);
    if (topicId === held.topicId || present.member.offsetReset === 'none') return held;
    const at = { topic, topicId, partition, since: 0 };
    const known = await knownOffset(services, present, at);
    return beginAt(at, known ?? (await resetPosition(services, at, { kind: 'earliest' })));
  } catch (error) {
    if (error instanceof MillraceError) return held;
    throw error;
  }
}

async function knownOffset(
  services: GroupServices,
  { group }: PresentInstance,
  at: TopicPartition,
): Promise<number | undefined> {
  const { cell } = await readOffset(services, group.head.life, at);
  return cell?.offset ?? cell?.start;
}
