/** A topic as a resource of a stack. CloudFormation knows it by its name: with another name it is another topic. */
import type { LogServices } from '../lib/log/log-services.ts';
import type { TopicProperties } from '../lib/protocol/declared.ts';
import { declareTopic, withdrawTopic } from '../lib/topics/declare-topic.ts';
import { beforeOf, type DeclaredEvent, declarerOf } from './declared-event.ts';

export interface TopicProviderDeps {
  readonly services: LogServices;
  /** Whether a stack is being set back to what it was before. */
  readonly isRollingBack: (stackId: string) => Promise<boolean>;
}

type TopicEvent = DeclaredEvent<TopicProperties>;

/** @returns the id by which CloudFormation knows the topic */
export async function provideTopic(deps: TopicProviderDeps, event: TopicEvent): Promise<string> {
  const { services } = deps;
  const { Name: name, Partitions, Config } = event.ResourceProperties;
  const declaredBy = declarerOf(event);
  if (event.RequestType === 'Delete') {
    await withdrawTopic(services, name, declaredBy);
    return event.PhysicalResourceId;
  }
  await declareTopic(services, {
    name,
    partitions: Number(Partitions),
    config: new Map(Object.entries(Config ?? {})),
    declaredBy,
    mayHaveMore: await mayHaveMore(deps, event),
  });
  return name;
}

/**
 * Fewer than before are refused; but what a failed update has added cannot be taken away again, and refused, it would keep the stack from
 * ever going back. Where no fewer are asked for, whoever added some has done so on purpose.
 */
async function mayHaveMore({ isRollingBack }: TopicProviderDeps, event: TopicEvent): Promise<boolean> {
  const before = beforeOf(event);
  const { Name, Partitions } = event.ResourceProperties;
  if (before?.Name !== Name) return false;
  return Number(before.Partitions) <= Number(Partitions) || isRollingBack(event.StackId);
}
