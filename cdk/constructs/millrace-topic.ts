/** A topic, as a stack declares it: made, altered and deleted with the stack. */
import { type Duration, type RemovalPolicy, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { declaredKinds, type TopicProperties } from '../../lib/protocol/declared.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { checkConfigKey, checkConfigValue, type TopicConfigOverrides } from '../../lib/protocol/topic-config.ts';
import { checkTopicName } from '../../lib/protocol/topic-name.ts';
import type { TopicGrants } from './grants.ts';
import type { IMillrace, IMillraceTopic } from './interfaces.ts';

export interface TopicOptions {
  /**
   * More can be added later; fewer are refused, for a key would move to another partition.
   *
   * @default 1
   */
  readonly partitions?: number;
  /**
   * How long records are kept: `retention.ms`. For ever is `config: { 'retention.ms': '-1' }`.
   *
   * @default 7 days
   */
  readonly retention?: Duration;
  /** Kafka's keys and values, as text. What is left out, also in an update, has Kafka's default. */
  readonly config?: TopicConfigOverrides;
  /**
   * What becomes of the topic and its records when it is removed from its stack, or its name is changed: DESTROY deletes them.
   *
   * @default that of the Millrace, which is RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

export interface MillraceTopicProps extends TopicOptions {
  readonly streams: IMillrace;
  /** Changed, it is another topic. */
  readonly topicName: string;
}

/**
 * A topic in any stack. `streams.addTopic` is the same, in the stack of the Millrace.
 *
 * @example new MillraceTopic(this, 'Click', { streams, topicName: 'click', partitions: 3 });
 */
export class MillraceTopic extends Construct implements IMillraceTopic {
  readonly streams: IMillrace;
  readonly topicName: string;
  readonly grants: TopicGrants;

  constructor(scope: Construct, id: string, props: MillraceTopicProps) {
    super(scope, id);
    const { streams, topicName, removalPolicy = streams.removalPolicy } = props;
    this.streams = streams;
    this.topicName = checkedTopicName(topicName);
    this.grants = streams.grantsOf(topicName);
    const { provisioner } = streams;
    const properties: TopicProperties = {
      Name: topicName,
      Partitions: checkedPartitions(props),
      Config: checkedConfig(props),
    };
    const resource = provisioner.declare(this, { kind: declaredKinds.topic, properties, removalPolicy });
    resource.node.addDependency(provisioner.seeStackOf(this));
  }
}

/** Part of the ids of constructs, so it is known when they are made. */
export function checkedTopicName(name: string): string {
  if (Token.isUnresolved(name)) throw new Error('the name of a topic has to be known at synthesis, it is a token');
  return checkTopicName(name);
}

function checkedPartitions({ topicName, partitions = 1 }: MillraceTopicProps): number {
  const isOne = Number.isInteger(partitions) && partitions >= 1 && partitions <= limits.partitionsPerTopic;
  if (isOne || Token.isUnresolved(partitions)) return partitions;
  throw new Error(`topic '${topicName}' has ${partitions} partitions, it may have 1 to ${limits.partitionsPerTopic}`);
}

function checkedConfig({ topicName, retention, config = {} }: MillraceTopicProps): Readonly<Record<string, string>> {
  if (retention && config['retention.ms'] !== undefined) {
    throw new Error(`topic '${topicName}' has a retention and a retention.ms; give one of them`);
  }
  const all = { ...config, ...(retention && { 'retention.ms': String(retention.toMilliseconds()) }) };
  for (const [name, value] of Object.entries(all)) {
    const key = checkConfigKey(name);
    if (!Token.isUnresolved(value)) checkConfigValue(key, value);
  }
  return all;
}
