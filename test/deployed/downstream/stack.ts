/** A stack as a user of Millrace has one: topics, functions that they invoke, and a queue for what these cannot handle. */
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Architecture, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type Millrace, MillraceEventSource, MillraceTopic, type TopicOptions } from 'millrace/cdk';
import { FAILED, type FailureWay, ORDERS, POISONED, partitionsOfOrders, type Revision } from './topics.ts';

interface DownstreamProps extends StackProps {
  readonly streams: Millrace;
  readonly revision: Revision;
}

export class DownstreamStack extends Stack {
  readonly #streams: Millrace;
  readonly #kept: Table;

  constructor(scope: Construct, id: string, { streams, revision, ...props }: DownstreamProps) {
    super(scope, id, props);
    this.#streams = streams;
    this.#kept = new Table(this, 'Kept', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const isSecond = revision === 'second';
    const orders = this.#topic(ORDERS, {
      partitions: partitionsOfOrders[revision],
      ...(isSecond && { retention: Duration.days(1) }),
    });
    const startingPosition = StartingPosition.TRIM_HORIZON;
    this.#keeping('Orders').addEventSource(
      new MillraceEventSource(orders, {
        startingPosition,
        batchSize: isSecond ? 50 : 10,
        maxBatchingWindow: Duration.seconds(isSecond ? 1 : 0),
      }),
    );

    const poisoned = this.#topic(POISONED, { partitions: 3 });
    const queue = new Queue(this, 'GivenUp', { removalPolicy: RemovalPolicy.DESTROY });
    const settings = { startingPosition, bisectBatchOnError: true, retryAttempts: 1 };
    this.#keeping('Throws', 'throws').addEventSource(
      new MillraceEventSource(poisoned, { ...settings, onFailure: { queue } }),
    );
    this.#keeping('Reports', 'reports').addEventSource(
      new MillraceEventSource(poisoned, {
        ...settings,
        reportBatchItemFailures: true,
        onFailure: { topic: this.#topic(FAILED) },
      }),
    );
    new CfnOutput(this, 'KeptTable', { value: this.#kept.tableName });
    new CfnOutput(this, 'QueueUrl', { value: queue.queueUrl });
  }

  #topic(topicName: string, options: TopicOptions = {}): MillraceTopic {
    const streams = this.#streams;
    return new MillraceTopic(this, topicName, { streams, topicName, removalPolicy: RemovalPolicy.DESTROY, ...options });
  }

  #keeping(name: string, way: FailureWay = 'throws'): NodejsFunction {
    const fn = new NodejsFunction(this, name, {
      entry: `${import.meta.dirname}/keep.ts`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(30),
      memorySize: 512,
      // emulators have no SDK for it
      bundling: { externalModules: [] },
      environment: { KEPT_TABLE: this.#kept.tableName, KEPT_AS: name, FAILURE_WAY: way },
    });
    this.#kept.grant(fn, 'dynamodb:UpdateItem');
    return fn;
  }
}
