import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { MillraceTopic, type TopicOptions } from '../../cdk/index.ts';
import { only, openShop, textOf } from './shop.ts';
import { policyStatementsOf, statementsOf, templateWith } from './synth.ts';

const kind = 'Custom::MillraceTopic';

function declared(options?: TopicOptions, name = 'click') {
  const shop = openShop();
  shop.streams.addTopic(name, options);
  return only(shop.template(), kind);
}

describe('a topic that a stack declares', () => {
  it('is asked for with all that it is to be', () => {
    const config = { 'cleanup.policy': 'compact', 'retention.ms': '-1' };
    const { properties } = declared({ partitions: 3, config });
    expect(properties).toMatchObject({ Name: 'click', Partitions: 3, Config: config, ServiceTimeout: '600' });
    expect(textOf(properties.ServiceToken)).toMatch(/^<StreamsProvisionerFunction\w+\.Arn>$/);
  });

  it("has one partition and Kafka's configuration unless told otherwise", () => {
    expect(declared().properties).toMatchObject({ Partitions: 1, Config: {} });
  });

  it('keeps records for the retention that it is given', () => {
    const { properties } = declared({ retention: Duration.days(7), config: { 'segment.ms': '5' } });
    expect(properties.Config).toEqual({ 'segment.ms': '5', 'retention.ms': '604800000' });
  });

  it.each([
    [{ partitions: 0 }, "topic 'click' has 0 partitions, it may have 1 to 1000"],
    [{ partitions: 1_001 }, "topic 'click' has 1001 partitions, it may have 1 to 1000"],
    [{ partitions: 1.5 }, "topic 'click' has 1.5 partitions, it may have 1 to 1000"],
    [{ config: { shape: 'round' } as object }, "unknown topic config 'shape'"],
    [{ config: { 'retention.ms': '-2' } }, "invalid value '-2' for retention.ms: it is below the least value, -1"],
    [
      { retention: Duration.days(1), config: { 'retention.ms': '1' } },
      'a retention and a retention.ms; give one of them',
    ],
  ])('is refused at synthesis with %o', (options, message) => {
    expect(() => declared(options)).toThrow(message);
  });

  it.each([1, 1_000])('may have %i partitions', partitions => {
    expect(declared({ partitions }).properties.Partitions).toBe(partitions);
  });

  it.each(['', '..', 'a/b', 'a'.repeat(250)])('is refused at synthesis with the name %s', name => {
    expect(() => declared({}, name)).toThrow('INVALID_TOPIC');
  });

  it.each([
    [undefined, undefined, 'Retain'],
    [RemovalPolicy.DESTROY, undefined, 'Delete'],
    [RemovalPolicy.DESTROY, RemovalPolicy.RETAIN, 'Retain'],
    [undefined, RemovalPolicy.DESTROY, 'Delete'],
    [undefined, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, 'RetainExceptOnCreate'],
  ])('in a Millrace with removal policy %s, and %s of its own: %s', (ofMillrace, own, expected) => {
    const shop = openShop(ofMillrace && { removalPolicy: ofMillrace });
    shop.streams.addTopic('click', own && { removalPolicy: own });
    expect(only(shop.template(), kind).resource).toMatchObject({ DeletionPolicy: expected });
  });

  it('may stand in another stack, of which that of the Millrace needs nothing', () => {
    const shop = openShop({ apart: true });
    new MillraceTopic(shop.stack, 'Click', { streams: shop.streams, topicName: 'click' });
    expect(textOf(only(shop.template(), kind).properties.ServiceToken)).toMatch(/^<Data:/);
    expect(JSON.stringify(shop.dataTemplate())).not.toMatch(/Shop:/);
    shop.dataTemplate().resourceCountIs(kind, 0);
  });

  it('lets the provisioner see whether its own stack goes back, and no other', () => {
    const shop = openShop({ apart: true });
    for (const name of ['click', 'upload'])
      new MillraceTopic(shop.stack, name, { streams: shop.streams, topicName: name });
    expect(policyStatementsOf(shop.template(), '')).toEqual([
      { Sid: 'SeeStack', Effect: 'Allow', Action: 'cloudformation:DescribeStacks', Resource: { Ref: 'AWS::StackId' } },
    ]);
  });
});

describe('the provisioner', () => {
  const shop = openShop();
  shop.streams.addTopic('click');
  const template = shop.template();

  it('is there only where a topic or a trigger is declared', () => {
    expect(Object.keys(templateWith().findResources('AWS::Lambda::Function')).join()).not.toMatch(/Provisioner/);
    const reference = openShop();
    reference.streams.topic('click');
    expect(Object.keys(reference.template().findResources('AWS::Lambda::Function')).join()).not.toMatch(/Provisioner/);
  });

  it('changes the cluster table, looks where logs end, and starts triggers', () => {
    const allowed = statementsOf(template, 'StreamsProvisioner').map(({ Sid, Action }) => [Sid, [Action].flat()]);
    expect(Object.fromEntries(allowed)).toEqual({
      OwnLog: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      LogTable: ['dynamodb:Query'],
      ClusterTable: ['GetItem', 'Query', 'PutItem', 'DeleteItem'].map(action => `dynamodb:${action}`),
      Batches: ['s3:GetObject'],
      Segments: ['s3:GetObject'],
      Manifests: ['s3:GetObject'],
      ObjectsThatAreGone: ['s3:ListBucket'],
      StartTriggers: ['lambda:InvokeFunction'],
    });
  });

  it('is tried again for as long as CloudFormation waits', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('Provisioner') },
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 600,
    });
  });
});
