/**
 * A trigger, as a stack declares it: topics that invoke a function.
 *
 * The dispatcher may invoke this function and send to this destination by what stands in the stack of the trigger, so the stack of the
 * Millrace needs nothing of it.
 */
import { Names, RemovalPolicy, Token } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IDependable } from 'constructs';
import { metricNamespace } from '../../functions/environment.ts';
import { declaredKinds, type TriggerProperties } from '../../lib/protocol/declared.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { acknowledge } from './acknowledge.ts';
import type { IMillrace, IMillraceTopic } from './interfaces.ts';
import { type BoundDestination, bindDestination } from './on-failure.ts';
import { settingProperties, type TriggerOptions } from './trigger-properties.ts';

const nameStyle = { maxLength: limits.triggerNameLength, separator: '-', allowedSpecialCharacters: '._-' };

export interface MillraceTriggerProps extends TriggerOptions {
  /** 1 to 10, of one Millrace. */
  readonly topics: readonly IMillraceTopic[];
  readonly function: IFunction;
}

/**
 * A function invoked by topics. `fn.addEventSource(new MillraceEventSource(topic, …))` is the same, of one topic.
 *
 * @example
 * new MillraceTrigger(this, 'Count', { topics: [click, upload], function: count, startingPosition: StartingPosition.LATEST });
 */
export class MillraceTrigger extends Construct {
  readonly triggerName: string;
  readonly consumerGroupId: string;
  readonly #streams: IMillrace;

  constructor(scope: Construct, id: string, props: MillraceTriggerProps) {
    super(scope, id);
    const { topics, function: target, triggerName, onFailure } = props;
    this.#streams = theOne(topics);
    this.triggerName = triggerName ?? Names.uniqueResourceName(this, nameStyle);
    this.consumerGroupId = props.consumerGroupId ?? this.triggerName;
    checkLength('triggerName', this.triggerName, limits.triggerNameLength);
    checkLength('consumerGroupId', this.consumerGroupId, limits.groupIdLength);
    const destination = onFailure && bindDestination(onFailure);
    const properties: TriggerProperties = {
      Name: this.triggerName,
      Topics: topics.map(({ topicName }) => topicName),
      GroupId: this.consumerGroupId,
      ...settingProperties(target, props),
      ...(destination && { OnFailure: destination.name }),
    };
    const resource = this.#streams.provisioner.declare(this, {
      kind: declaredKinds.trigger,
      properties,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const read = onFailure && 'topic' in onFailure ? [...topics, this.#destination(onFailure.topic, topics)] : topics;
    resource.node.addDependency(this.#allowInvoke(target), ...read.filter(topic => Construct.isConstruct(topic)));
    if (destination?.statements.length) resource.node.addDependency(this.#allowSend(destination));
  }

  /** Records that are behind, of the partition that is furthest: the largest number that a run has left, or has found when it was out of time. */
  metricConsumerLag(props?: MetricOptions): Metric {
    return this.#metric('ConsumerLag', { statistic: Stats.MAXIMUM, ...props });
  }

  /** Records of invocations that went well. */
  metricDelivered(props?: MetricOptions): Metric {
    return this.#metric('DeliveredRecords', props);
  }

  /** Records that went to the destination, or were passed over without one. */
  metricGivenUp(props?: MetricOptions): Metric {
    return this.#metric('DiscardedRecords', props);
  }

  metricInvocations(props?: MetricOptions): Metric {
    return this.#metric('TargetInvocations', props);
  }

  /** Invocations that failed, or could not be made. */
  metricFailed(props?: MetricOptions): Metric {
    return this.#metric('TargetFailures', props);
  }

  #metric(metricName: string, props: MetricOptions = {}): Metric {
    const { functionName } = this.#streams.functions.dispatcher;
    return new Metric({
      namespace: metricNamespace,
      metricName,
      dimensionsMap: { FunctionName: functionName, Trigger: this.triggerName },
      statistic: Stats.SUM,
      ...props,
    });
  }

  /** On the function itself: the dispatcher's role has no room for a thousand of them. */
  #allowInvoke(target: IFunction): IDependable {
    return new CfnPermission(this, 'Invoke', {
      action: 'lambda:InvokeFunction',
      functionName: target.functionArn,
      principal: this.#streams.dispatcherRole.roleArn,
    });
  }

  #allowSend({ statements, wildcard }: BoundDestination): IDependable {
    const policy = new Policy(this, 'OnFailure', {
      statements: [...statements],
      roles: [this.#streams.dispatcherRole],
    });
    if (wildcard) acknowledge(policy, { [`AwsSolutions-IAM5[${wildcard}]`]: 'the keys are made at run time' });
    return policy;
  }

  #destination(topic: IMillraceTopic, topics: readonly IMillraceTopic[]): IMillraceTopic {
    const { streams, topicName } = topic;
    if (streams !== this.#streams) throw new Error(`onFailure: topic '${topicName}' is of another Millrace`);
    if (topics.every(each => each.topicName !== topicName)) return topic;
    throw new Error(`onFailure: the trigger reads topic '${topicName}', and would set itself off`);
  }
}

/** The Millrace that all topics are of. */
function theOne(topics: readonly IMillraceTopic[]): IMillrace {
  const [first, ...others] = topics;
  if (!first || topics.length > limits.topicsPerTrigger) {
    throw new Error(`${topics.length} topics, a trigger has 1 to ${limits.topicsPerTrigger}`);
  }
  const names = new Set(topics.map(({ topicName }) => topicName));
  if (names.size < topics.length) throw new Error('a topic is named twice');
  if (others.every(({ streams }) => streams === first.streams)) return first.streams;
  throw new Error('the topics of a trigger are of one Millrace');
}

function checkLength(name: string, text: string, most: number): void {
  if (Token.isUnresolved(text) || (text.length > 0 && text.length <= most)) return;
  throw new Error(`${name} has ${text.length} characters, it may have 1 to ${most}`);
}
