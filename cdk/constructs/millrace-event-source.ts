/** A topic as an event source of a function, as CDK has them for other streams. */
import type { IEventSource, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { IMillraceTopic } from './interfaces.ts';
import { MillraceTrigger } from './millrace-trigger.ts';
import type { TriggerOptions } from './trigger-properties.ts';

export type MillraceEventSourceProps = TriggerOptions;

/**
 * @example
 * const clicks = new MillraceEventSource(click, { startingPosition: StartingPosition.TRIM_HORIZON, batchSize: 100 });
 * count.addEventSource(clicks);
 * clicks.trigger.metricConsumerLag();
 */
export class MillraceEventSource implements IEventSource {
  readonly #topic: IMillraceTopic;
  readonly #props: MillraceEventSourceProps;
  #trigger: MillraceTrigger | undefined;

  constructor(topic: IMillraceTopic, props: MillraceEventSourceProps) {
    this.#topic = topic;
    this.#props = props;
  }

  /** Called by `addEventSource`. */
  bind(target: IFunction): void {
    const { topicName } = this.#topic;
    if (this.#trigger) throw new Error(`this event source of topic '${topicName}' has its function; make another one`);
    const id = `Trigger-${topicName}`;
    if (target.node.tryFindChild(id)) {
      throw new Error(
        `${target.node.path} is triggered by topic '${topicName}' already; for a second time, make a MillraceTrigger`,
      );
    }
    this.#trigger = new MillraceTrigger(target as unknown as Construct, id, {
      ...this.#props,
      topics: [this.#topic],
      function: target,
    });
  }

  /** There once a function has it. */
  get trigger(): MillraceTrigger {
    if (this.#trigger) return this.#trigger;
    throw new Error(
      `this event source of topic '${this.#topic.topicName}' has no function yet: addEventSource comes first`,
    );
  }
}
