/**
 * Makes, changes and removes the topics and triggers that stacks declare, when CloudFormation says so.
 *
 * CloudFormation may say it twice, and what fails may be undone by what comes next: everything here may be done again, and leaves alone
 * what the stack's own resource has not made.
 */
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { type Deadline, deadlineIn, timeLeftMs } from '../lib/log/deadline.ts';
import { declaredKinds, type TopicProperties, type TriggerProperties } from '../lib/protocol/declared.ts';
import { MillraceError } from '../lib/protocol/errors.ts';
import type { TriggerServices } from '../lib/triggers/services.ts';
import { answering } from './custom-resource.ts';
import type { DeclaredEvent } from './declared-event.ts';
import { provideTopic, type TopicProviderDeps } from './declared-topic.ts';
import { provideTrigger } from './declared-trigger.ts';

/** Kept back of the function's time, for the answer. */
const RESERVE_MS = 10_000;

/** Between two tries of what may go better soon: a store that is busy, or the name of a topic that was deleted a moment ago. */
const PAUSE_MS = 1_000;

export interface ProvisionHandlerDeps extends TopicProviderDeps {
  readonly services: TriggerServices;
  readonly onFault: (error: unknown) => void;
}

type ProvisionContext = Pick<Context, 'getRemainingTimeInMillis'>;

export function provisionHandler({ services, onFault, ...deps }: ProvisionHandlerDeps) {
  const isRollingBack = (stackId: string) =>
    deps.isRollingBack(stackId).catch(error => {
      onFault(error);
      return false;
    });
  return (event: CloudFormationCustomResourceEvent, context: ProvisionContext): Promise<void> =>
    answering(event, async () => {
      const deadline = deadlineIn(services.clock, context.getRemainingTimeInMillis() - RESERVE_MS);
      try {
        return await settled(services, deadline, () => provide({ services, isRollingBack }, event));
      } catch (error) {
        onFault(error);
        throw error;
      }
    });
}

async function provide(
  deps: Pick<ProvisionHandlerDeps, 'services' | 'isRollingBack'>,
  event: CloudFormationCustomResourceEvent,
): Promise<string> {
  switch (event.ResourceType) {
    case declaredKinds.topic:
      return provideTopic(deps, event as DeclaredEvent<TopicProperties>);
    case declaredKinds.trigger:
      return provideTrigger(deps.services, event as DeclaredEvent<TriggerProperties>);
    default:
      throw new Error(`there is no resource of type ${event.ResourceType}`);
  }
}

/** What the work comes to; it is done again as long as that may help, and there is time. */
async function settled<T>({ clock }: TriggerServices, deadline: Deadline, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const mayHelp = error instanceof MillraceError && error.retriable && timeLeftMs(clock, deadline) > PAUSE_MS;
      if (!mayHelp) throw error;
      await clock.sleep(PAUSE_MS);
    }
  }
}
