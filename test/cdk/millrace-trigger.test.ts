import { Duration } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { FilterCriteria, FilterRule, Function as LambdaFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import {
  type IMillraceTopic,
  MillraceEventSource,
  type MillraceEventSourceProps,
  MillraceTopic,
  MillraceTrigger,
} from '../../cdk/index.ts';
import { triggerMetricsLine } from '../../functions/trigger-metrics-line.ts';
import { newRunReport } from '../../lib/triggers/run-report.ts';
import { only, openShop, type Shop, textOf } from './shop.ts';
import { policyStatementsOf, type Statement } from './synth.ts';

const kind = 'Custom::MillraceTrigger';
const LATEST = { startingPosition: StartingPosition.LATEST };

/** A function that `click` triggers with these settings. */
function triggered(props: Partial<MillraceEventSourceProps> = {}, shop = openShop()) {
  const click = shop.streams.addTopic('click');
  const source = new MillraceEventSource(click, { ...LATEST, ...props });
  shop.fn('Count', { timeout: Duration.seconds(30) }).addEventSource(source);
  return { shop, click, source, template: shop.template() };
}

const propertiesWith = (props: Partial<MillraceEventSourceProps>) => only(triggered(props).template, kind).properties;

describe('an event source', () => {
  it('asks for a trigger by the names of the stack and the constructs', () => {
    const { template, source } = triggered();
    const { properties } = only(template, kind);
    expect(properties).toMatchObject({
      Name: expect.stringMatching(/^Shop-Count-Trigger-click-[0-9A-F]{8}$/),
      Topics: ['click'],
      StartingPosition: 'LATEST',
      FunctionTimeoutMs: 30_000,
    });
    expect(properties.GroupId).toBe(properties.Name);
    expect(source.trigger).toMatchObject({ triggerName: properties.Name, consumerGroupId: properties.Name });
    expect(textOf(properties.Function)).toMatch(/^<Count\w+\.Arn>$/);
    expect(textOf(properties.ServiceToken)).toMatch(/^<StreamsProvisionerFunction\w+\.Arn>$/);
  });

  it('says nothing of what is left out', () => {
    const given = [
      'ServiceToken',
      'ServiceTimeout',
      'Name',
      'Topics',
      'GroupId',
      'StartingPosition',
      'Function',
      'FunctionTimeoutMs',
    ];
    expect(Object.keys(propertiesWith({})).sort()).toEqual(given.sort());
  });

  it('passes on every setting', () => {
    const settings = {
      startingPosition: StartingPosition.AT_TIMESTAMP,
      startingPositionTimestamp: 1_700_000_000,
      consumerGroupId: 'counts',
      batchSize: 10,
      maxBatchingWindow: Duration.seconds(5),
      maxBatchBytes: 2_048,
      filters: [FilterCriteria.filter({ value: { page: FilterRule.isEqual('/') } })],
      retryAttempts: 3,
      maxRecordAge: Duration.hours(1),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      enabled: false,
      triggerName: 'count',
      functionTimeout: Duration.minutes(1),
    };
    expect(propertiesWith(settings)).toMatchObject({
      Name: 'count',
      GroupId: 'counts',
      StartingPosition: 'AT_TIMESTAMP',
      StartingTimestamp: 1_700_000_000_000,
      FunctionTimeoutMs: 60_000,
      BatchSize: 10,
      BatchBytes: 2_048,
      BatchingWindowMs: 5_000,
      Filters: ['{"value":{"page":["/"]}}'],
      MaximumRetryAttempts: 3,
      MaximumRecordAgeMs: 3_600_000,
      BisectsOnError: true,
      ReportsItemFailures: true,
      IsEnabled: false,
    });
  });

  it.each([
    [{ batchSize: 0 }, 'batchSize is 0, it may be 1 to 10000'],
    [{ batchSize: 10_001 }, 'batchSize is 10001, it may be 1 to 10000'],
    [{ maxBatchBytes: 1_023 }, 'maxBatchBytes is 1023, it may be 1024 to 6291455'],
    [
      { maxBatchingWindow: Duration.seconds(301) },
      'maxBatchingWindow in milliseconds is 301000, it may be 0 to 300000',
    ],
    [{ retryAttempts: -2 }, 'retryAttempts is -2, it may be -1 to 10000'],
    [{ maxRecordAge: Duration.seconds(59) }, 'maxRecordAge in milliseconds is 59000, it may be 60000 to 604800000'],
    [{ functionTimeout: Duration.seconds(781) }, 'functionTimeout in milliseconds is 781000, it may be 1000 to 780000'],
    [{ functionTimeout: Duration.seconds(29) }, 'functionTimeout is 29 s, less than the 30 s of the function itself'],
    [{ startingPosition: StartingPosition.AT_TIMESTAMP }, 'AT_TIMESTAMP and startingPositionTimestamp go together'],
    [{ startingPositionTimestamp: 5 }, 'AT_TIMESTAMP and startingPositionTimestamp go together'],
    [{ filters: Array.from({ length: 11 }, () => FilterCriteria.filter({})) }, '11 filters, a trigger has 10 at most'],
    [{ filters: [{ value: ['a'] }] }, 'a filter is made by FilterCriteria.filter'],
    [{ triggerName: 'n'.repeat(129) }, 'triggerName has 129 characters, it may have 1 to 128'],
    [{ consumerGroupId: '' }, 'consumerGroupId has 0 characters, it may have 1 to 255'],
  ] as [Partial<MillraceEventSourceProps>, string][])('is refused at synthesis with %o', (props, message) => {
    expect(() => triggered(props)).toThrow(message);
  });

  it.each([
    { batchSize: 1 },
    { batchSize: 10_000 },
    { maxBatchingWindow: Duration.seconds(300) },
    { retryAttempts: -1 },
    { maxRecordAge: Duration.seconds(60) },
    { functionTimeout: Duration.seconds(780) },
    { functionTimeout: Duration.seconds(30) },
  ])('is taken at the limit, with %o', props => {
    triggered(props);
  });

  it("waits for as long as its function may run, which is Lambda's 3 s where that does not say", () => {
    const shop = openShop();
    const click = shop.streams.addTopic('click');
    shop.fn('Plain').addEventSource(new MillraceEventSource(click, LATEST));
    expect(only(shop.template(), kind).properties.FunctionTimeoutMs).toBe(3_000);
  });

  it('is refused for a function that may run longer than the dispatcher can wait', () => {
    const shop = openShop();
    const source = new MillraceEventSource(shop.streams.addTopic('click'), LATEST);
    const slow = shop.fn('Slow', { timeout: Duration.minutes(15) });
    expect(() => slow.addEventSource(source)).toThrow('functionTimeout in milliseconds is 900000');
  });

  it('knows the function behind an alias, and invokes the alias', () => {
    const shop = openShop();
    const count = shop.fn('Count', { timeout: Duration.seconds(20) });
    const live = count.addAlias('live');
    live.addEventSource(new MillraceEventSource(shop.streams.addTopic('click'), LATEST));
    const { properties } = only(shop.template(), kind);
    expect(properties.FunctionTimeoutMs).toBe(20_000);
    expect(textOf(properties.Function)).toMatch(/^<CountAliaslive\w+>$/);
    shop.template().hasResourceProperties('AWS::Lambda::Permission', { FunctionName: properties.Function });
  });

  it('has to be told the timeout of a function that is only referred to', () => {
    const shop = openShop();
    const click = shop.streams.addTopic('click');
    const other = LambdaFunction.fromFunctionName(shop.stack, 'Other', 'other');
    expect(() => other.addEventSource(new MillraceEventSource(click, LATEST))).toThrow(
      'Shop/Other is only referred to: give functionTimeout',
    );
    const told = LambdaFunction.fromFunctionName(shop.stack, 'Told', 'told');
    told.addEventSource(new MillraceEventSource(click, { ...LATEST, functionTimeout: Duration.seconds(9) }));
    expect(only(shop.template(), kind).properties.FunctionTimeoutMs).toBe(9_000);
  });

  it('is of one function, and a function has one of each topic', () => {
    const { shop, click, source } = triggered();
    expect(() => shop.fn('Other').addEventSource(source)).toThrow("topic 'click' has its function");
    const count = shop.stack.node.findChild('Count') as LambdaFunction;
    expect(() => count.addEventSource(new MillraceEventSource(click, LATEST))).toThrow(
      "Shop/Count is triggered by topic 'click' already",
    );
    expect(() => new MillraceEventSource(click, LATEST).trigger).toThrow('addEventSource comes first');
  });

  it('takes a topic that is made elsewhere', () => {
    const shop = openShop();
    shop.fn('Count').addEventSource(new MillraceEventSource(shop.streams.topic('click'), LATEST));
    expect(only(shop.template(), kind).properties.Topics).toEqual(['click']);
  });
});

describe('a trigger of several topics', () => {
  it('reads them all, once they are made', () => {
    const shop = openShop();
    const topics = ['click', 'upload'].map(name => shop.streams.addTopic(name));
    new MillraceTrigger(shop.stack, 'Both', { ...LATEST, topics, function: shop.fn('Count') });
    const { properties, resource } = only(shop.template(), kind);
    expect(properties.Topics).toEqual(['click', 'upload']);
    expect(resource.DependsOn).toEqual(
      expect.arrayContaining([expect.stringMatching(/Topicclick/), expect.stringMatching(/Topicupload/)]),
    );
  });

  it.each([0, 11])('is refused with %i of them', count => {
    const shop = openShop();
    const topics = Array.from({ length: count }, (_, index) => shop.streams.topic(`t${index}`));
    const make = () => new MillraceTrigger(shop.stack, 'Many', { ...LATEST, topics, function: shop.fn('Count') });
    expect(make).toThrow(`${count} topics, a trigger has 1 to 10`);
  });

  it('is refused with one of them twice, or of another Millrace', () => {
    const [shop, other] = [openShop(), openShop()];
    const [click, foreign] = [shop.streams.topic('click'), other.streams.topic('upload')];
    const make = (id: string, topics: readonly IMillraceTopic[]) =>
      new MillraceTrigger(shop.stack, id, { ...LATEST, topics, function: shop.fn(`${id}Count`) });
    expect(() => make('Twice', [click, click])).toThrow('a topic is named twice');
    expect(() => make('Two', [click, foreign])).toThrow('the topics of a trigger are of one Millrace');
  });
});

/** Two functions on two topics, each with another destination. */
function twoFunctions(shop: Shop) {
  const { stack, streams } = shop;
  const [click, upload] = ['click', 'upload'].map(
    topicName => new MillraceTopic(stack, topicName, { streams, topicName }),
  ) as [MillraceTopic, MillraceTopic];
  const failed = new Queue(stack, 'Failed');
  const kept = new Bucket(stack, 'Kept');
  shop.fn('Count').addEventSource(new MillraceEventSource(click, { ...LATEST, onFailure: { queue: failed } }));
  const onFailure = { bucket: kept, prefix: '/failed/uploads/' };
  shop.fn('Scan').addEventSource(new MillraceEventSource(upload, { ...LATEST, onFailure }));
  return shop.template();
}

const dispatcherStatements = (template: ReturnType<Shop['template']>): Readonly<Record<string, Statement[]>> =>
  Object.fromEntries(
    Object.entries(template.findResources('AWS::IAM::Policy'))
      .filter(([, { Properties }]) => /DispatcherRole/.test(JSON.stringify(Properties.Roles)))
      .map(([id, { Properties }]) => [id, Properties.PolicyDocument.Statement]),
  );

describe.each([false, true])('two functions on two topics, in a stack apart: %s', apart => {
  const shop = openShop({ apart });
  const template = twoFunctions(shop);

  it('may be invoked by the dispatcher, each of them and nothing else', () => {
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission'))
      .map(({ Properties }) => Properties)
      .filter(({ Principal }) => typeof Principal !== 'string');
    expect(permissions.map(({ Action, FunctionName }) => [Action, textOf(FunctionName)])).toEqual([
      ['lambda:InvokeFunction', expect.stringMatching(/^<Count\w{8}\.Arn>$/)],
      ['lambda:InvokeFunction', expect.stringMatching(/^<Scan\w{8}\.Arn>$/)],
    ]);
    for (const { Principal } of permissions)
      expect(textOf(Principal)).toMatch(/DispatcherRole\w+Arn|DispatcherRole\w+\.Arn/);
    expect(permissions.every(each => Object.keys(each).length === 3)).toBe(true);
  });

  it('let the dispatcher send to their destinations, and nowhere else', () => {
    const ofTriggers = Object.entries(dispatcherStatements(template)).filter(([id]) => /Trigger/.test(id));
    expect(
      ofTriggers.map(([, statements]) => statements.map(({ Action, Resource }) => [Action, textOf(Resource)])),
    ).toEqual([
      [['sqs:SendMessage', expect.stringMatching(/^<Failed\w{8}\.Arn>$/)]],
      [['s3:PutObject', expect.stringMatching(/^<Kept\w{8}\.Arn>\/failed\/uploads\/millrace\/\*$/)]],
    ]);
  });

  it('name their destinations', () => {
    const named = Object.values(template.findResources(kind)).map(({ Properties }) => textOf(Properties.OnFailure));
    expect(named).toEqual([
      expect.stringMatching(/^<Failed\w{8}\.Arn>$/),
      expect.stringMatching(/^s3:\/\/<Kept\w{8}>\/failed\/uploads$/),
    ]);
  });

  it('begin once all that is needed is there, and end before it goes', () => {
    for (const { DependsOn } of Object.values(template.findResources(kind))) {
      const all = [/Invoke/, /OnFailure/].map(name => expect.stringMatching(name));
      expect(DependsOn).toEqual(expect.arrayContaining([...all, expect.stringMatching(/^(click|upload)/)]));
    }
  });

  it('leave the dispatcher itself as it was', () => {
    const without = openShop({ apart });
    const own = (each: Shop) => policyStatementsOf(each.dataTemplate(), 'StreamsDispatcher');
    expect(own(shop)).toEqual(own(without));
    if (apart) expect(JSON.stringify(shop.dataTemplate())).not.toMatch(/Shop:/);
  });
});

it('a function that waits for all of Millrace, produces to a topic and is triggered by it makes no circle', () => {
  const shop = openShop();
  const click = shop.streams.addTopic('click');
  const count = shop.fn('Count');
  const onFailure = { queue: new Queue(shop.stack, 'Failed') };
  count.addEventSource(new MillraceEventSource(click, { ...LATEST, onFailure }));
  click.grants.produce(count);
  shop.streams.grants.administer(count);
  count.node.addDependency(shop.streams);
  // it looks for circles
  shop.template();
});

describe('an on-failure destination', () => {
  const send = (onFailure: NonNullable<MillraceEventSourceProps['onFailure']>, shop: Shop) => {
    const { template } = triggered({ onFailure }, shop);
    const statements = Object.entries(dispatcherStatements(template)).flatMap(([id, all]) =>
      /Trigger/.test(id) ? all : [],
    );
    return {
      name: textOf(only(template, kind).properties.OnFailure),
      allowed: statements.map(({ Action, Resource }) => [Action, textOf(Resource)]),
      dependsOn: only(template, kind).resource.DependsOn,
    };
  };

  it('may be a topic, which needs no permission', () => {
    const shop = openShop();
    const { name, allowed, dependsOn } = send({ topic: shop.streams.addTopic('failed') }, shop);
    expect(name).toBe('kafka://failed');
    expect(allowed).toEqual([]);
    expect(dependsOn).toContainEqual(expect.stringMatching(/Topicfailed/));
  });

  it('brings the use of its key', () => {
    const shop = openShop();
    const key = new Key(shop.stack, 'Key');
    const queue = new Queue(shop.stack, 'Failed', { encryptionMasterKey: key });
    expect(send({ queue }, shop).allowed).toEqual([
      ['sqs:SendMessage', expect.stringMatching(/^<Failed/)],
      [['kms:GenerateDataKey', 'kms:Decrypt'], expect.stringMatching(/^<Key/)],
    ]);
    const bucketShop = openShop();
    const bucket = new Bucket(bucketShop.stack, 'Kept', { encryptionKey: new Key(bucketShop.stack, 'Key') });
    const { name, allowed } = send({ bucket }, bucketShop);
    expect(name).toMatch(/^s3:\/\/<Kept\w+>$/);
    expect(allowed).toEqual([
      ['s3:PutObject', expect.stringMatching(/^<Kept\w+\.Arn>\/millrace\/\*$/)],
      ['kms:GenerateDataKey', expect.stringMatching(/^<Key/)],
    ]);
  });

  it('may be one that is only referred to', () => {
    const shop = openShop();
    const queue = Queue.fromQueueArn(shop.stack, 'Failed', 'arn:aws:sqs:eu-west-1:123456789012:failed');
    expect(send({ queue }, shop).allowed).toEqual([['sqs:SendMessage', 'arn:aws:sqs:eu-west-1:123456789012:failed']]);
  });

  it('is no FIFO queue, nor a topic that the trigger reads, nor one of another Millrace', () => {
    const shop = openShop();
    const click = shop.streams.topic('click');
    const on = (onFailure: MillraceEventSourceProps['onFailure'] & object, id: string) => () =>
      shop.fn(id).addEventSource(new MillraceEventSource(click, { ...LATEST, onFailure }));
    const queue = new Queue(shop.stack, 'Fifo', { fifo: true });
    expect(on({ queue }, 'A')).toThrow('a FIFO queue cannot be an on-failure destination');
    expect(on({ topic: click }, 'B')).toThrow("the trigger reads topic 'click', and would set itself off");
    expect(on({ topic: openShop().streams.topic('failed') }, 'C')).toThrow("topic 'failed' is of another Millrace");
  });
});

describe('the metrics of a trigger', () => {
  const { shop, source } = triggered();
  const { trigger } = source;
  const metrics = [
    [trigger.metricConsumerLag(), 'Maximum'],
    [trigger.metricDelivered(), 'Sum'],
    [trigger.metricGivenUp(), 'Sum'],
    [trigger.metricInvocations(), 'Sum'],
    [trigger.metricFailed(), 'Sum'],
  ] as const;

  it('are those that its runs publish, under the same dimensions', () => {
    const run = { trigger: trigger.triggerName, triggerId: 'i', topicId: 't', partition: 0 };
    const line = JSON.parse(triggerMetricsLine(newRunReport(run), { functionName: 'dispatcher', now: 0 }));
    const [published] = line._aws.CloudWatchMetrics;
    const dimensions = { FunctionName: shop.streams.functions.dispatcher.functionName, Trigger: line.Trigger };
    for (const [metric, statistic] of metrics) {
      expect(metric).toMatchObject({ namespace: published.Namespace, dimensions, statistic });
      expect(published.Metrics).toContainEqual({ Name: metric.metricName, Unit: 'Count' });
    }
    expect(published.Dimensions).toEqual([Object.keys(dimensions)]);
    expect(new Set(metrics.map(([{ metricName }]) => metricName)).size).toBe(published.Metrics.length);
  });

  it('carry an alarm, with what its user wants of it', () => {
    const other = openShop();
    const behind = new MillraceEventSource(other.streams.topic('click'), LATEST);
    other.fn('Count').addEventSource(behind);
    const lag = behind.trigger.metricConsumerLag({ period: Duration.minutes(15) });
    lag.createAlarm(other.stack, 'Lag', { threshold: 1_000, evaluationPeriods: 2 });
    other.template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ConsumerLag',
      Namespace: 'Millrace',
      Period: 900,
      Statistic: 'Maximum',
      Threshold: 1_000,
    });
  });
});
