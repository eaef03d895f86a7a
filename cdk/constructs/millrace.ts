/**
 * Millrace on AWS, for anyone's stack.
 *
 *     clients ── front door ─┬─ produce ─┐
 *                            ├─ fetch ───┤
 *                            ├─ groups ──┼── storage: log table, cluster table, bucket
 *                            └─ topics ──┘        │ stream      ▲
 *                                                 ▼             │
 *                                               wake ─┬► maintenance ◄── schedule
 *                                                     └► dispatcher ◄─── schedules
 *                                                            └─► your functions
 */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { tellAlarms } from './alarm.ts';
import { Dispatcher } from './dispatcher.ts';
import { Fetch } from './fetch.ts';
import { FrontDoor } from './front-door.ts';
import { StreamGrants, TopicGrants } from './grants.ts';
import { Groups } from './groups.ts';
import type { IMillrace, IMillraceTopic, MillraceFunctions } from './interfaces.ts';
import { Maintenance } from './maintenance.ts';
import { checkedTopicName, MillraceTopic, type TopicOptions } from './millrace-topic.ts';
import { Produce } from './produce.ts';
import { Provisioner } from './provisioner.ts';
import { Storage } from './storage.ts';
import { Topics } from './topics.ts';
import { Wake } from './wake.ts';

export interface MillraceProps {
  /**
   * REST API, or HTTP API at less than a third of its price.
   *
   * @default 'rest'
   */
  readonly frontDoor?: 'rest' | 'http';
  /**
   * Callers sign with AWS credentials; `none` lets anyone in, and is for emulators.
   *
   * @default 'iam'
   */
  readonly auth?: 'iam' | 'none';
  /**
   * Whether every record goes with the stack: DESTROY, or RETAIN.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Told by every alarm, when it is raised and when it is over.
   *
   * @default nobody is told
   */
  readonly alarmTopic?: ITopic;
}

/**
 * Kafka's log without brokers: topics, read and written over HTTP, that invoke functions.
 *
 * @example
 * const streams = new Millrace(this, 'Streams');
 * const click = streams.addTopic('click', { partitions: 3, retention: Duration.days(7) });
 * click.grants.produce(website);
 */
export class Millrace extends Construct implements IMillrace {
  /** What clients call, without a slash at its end. */
  readonly url: string;
  readonly logTableName: string;
  readonly clusterTableName: string;
  readonly bucketName: string;
  readonly functions: MillraceFunctions;
  /** Of all topics; each topic has its own. */
  readonly grants: StreamGrants;
  readonly removalPolicy: RemovalPolicy;
  readonly #door: FrontDoor;
  readonly #storage: Storage;
  readonly #maintenance: Maintenance;
  readonly #dispatcher: Dispatcher;
  #provisioner: Provisioner | undefined;

  constructor(scope: Construct, id: string, props: MillraceProps = {}) {
    super(scope, id);
    const { frontDoor: kind = 'rest', auth = 'iam', removalPolicy = RemovalPolicy.RETAIN, alarmTopic } = props;
    if (removalPolicy !== RemovalPolicy.RETAIN && removalPolicy !== RemovalPolicy.DESTROY) {
      throw new Error(`removalPolicy is ${removalPolicy}, it may be RETAIN or DESTROY`);
    }
    this.removalPolicy = removalPolicy;
    const storage = new Storage(this, 'Storage', { removalPolicy });
    const maintenance = new Maintenance(this, 'Maintenance', { storage });
    const dispatcher = new Dispatcher(this, 'Dispatcher', { storage });
    const wake = new Wake(this, 'Wake', { storage, maintenance, dispatcher });
    const produce = new Produce(this, 'Produce', { storage, maintenance });
    const fetch = new Fetch(this, 'Fetch', { storage, maintenance });
    const groups = new Groups(this, 'Groups', { storage, maintenance, dispatcher });
    const topics = new Topics(this, 'Topics', { storage, maintenance });
    const paths = { produce, fetch, groups, topics };
    this.#door = new FrontDoor(this, 'FrontDoor', { kind, auth, paths, name: nameOf(this) });
    if (alarmTopic) tellAlarms(this, alarmTopic);

    this.#storage = storage;
    this.#maintenance = maintenance;
    this.#dispatcher = dispatcher;
    this.url = this.#door.url;
    this.logTableName = storage.logTableName;
    this.clusterTableName = storage.clusterTableName;
    this.bucketName = storage.bucketName;
    this.grants = new StreamGrants(this.#door);
    this.functions = {
      produce: produce.lambda,
      fetch: fetch.lambda,
      groups: groups.lambda,
      topics: topics.lambda,
      maintenance: maintenance.lambda,
      wake: wake.lambda,
      dispatcher: dispatcher.lambda,
    };
  }

  /**
   * Declares a topic, in the stack of this Millrace.
   *
   * @example streams.addTopic('last-seen', { config: { 'cleanup.policy': 'compact' } });
   */
  addTopic(topicName: string, options: TopicOptions = {}): MillraceTopic {
    return new MillraceTopic(this, `Topic-${checkedTopicName(topicName)}`, { ...options, streams: this, topicName });
  }

  /** A topic that is made elsewhere, such as through the API. */
  topic(topicName: string): IMillraceTopic {
    return { streams: this, topicName: checkedTopicName(topicName), grants: this.grantsOf(topicName) };
  }

  /** How late the last entry was that was due to be rolled into a segment, in milliseconds; there is an alarm on it. */
  metricRollLag(props?: MetricOptions): Metric {
    return this.#maintenance.metric('RollLagMs', { statistic: Stats.MAXIMUM, ...props });
  }

  /** What is new in compacted topics, as a share of what is compacted, of the partition that has most. */
  metricDirtyRatio(props?: MetricOptions): Metric {
    return this.#maintenance.metric('DirtyRatio', { statistic: Stats.MAXIMUM, ...props });
  }

  /** @internal */
  grantsOf(topicName: string): TopicGrants {
    return new TopicGrants(this.#door, topicName);
  }

  /** @internal What makes topics and triggers; there once one is declared. */
  get provisioner(): Provisioner {
    this.#provisioner ??= new Provisioner(this, 'Provisioner', {
      storage: this.#storage,
      dispatcher: this.#dispatcher,
    });
    return this.#provisioner;
  }

  /** @internal By which the dispatcher invokes functions. */
  get dispatcherRole(): IRole {
    return this.#dispatcher.role;
  }
}

/** That of the stack, where it is all that there is. */
const nameOf = (millrace: Construct): string =>
  [Stack.of(millrace).stackName, ...millrace.node.path.split('/').slice(1)]
    .filter(name => name !== 'Default')
    .join('-');
