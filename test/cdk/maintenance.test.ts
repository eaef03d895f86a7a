import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { policyStatementsOf, statementsOf, templateWith } from './synth.ts';

const template = templateWith();

const ownLog = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const readTable = ['dynamodb:GetItem', 'dynamodb:Query'];
const changeTable = [...readTable, 'dynamodb:PutItem', 'dynamodb:DeleteItem'];
const changeObjects = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];

const allowed = (path: string) =>
  Object.fromEntries(statementsOf(template, path).map(({ Sid, Action }) => [Sid, [Action].flat()]));

const alarm = (MetricName: string, properties: Readonly<Record<string, unknown>>) =>
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, ...properties });

describe('the maintenance function', () => {
  it('has fifteen minutes and 512 MB', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('roll, merge'),
      Timeout: 900,
      MemorySize: 512,
      ReservedConcurrentExecutions: Match.absent(),
    });
  });

  it('changes both tables and every folder of the bucket', () => {
    expect(allowed('Maintenance')).toEqual({
      OwnLog: ownLog,
      LogTable: changeTable,
      ClusterTable: changeTable,
      Batches: ['s3:GetObject', 's3:DeleteObject'],
      Segments: changeObjects,
      Manifests: changeObjects,
      ObjectsThatAreGone: ['s3:ListBucket'],
    });
  });

  it('may start itself and no other function', () => {
    const [goOn, ...others] = policyStatementsOf(template, 'MaintenanceGoOn');
    expect(others).toEqual([]);
    expect(goOn).toMatchObject({ Sid: 'GoOn', Action: 'lambda:InvokeFunction' });
    expect(JSON.stringify(goOn?.Resource)).toMatch(/^\{"Fn::GetAtt":\["MaintenanceFunction/);
  });

  it('is not repeated by Lambda, which would start the runs after it twice', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('^MaintenanceFunction') },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 3_600,
    });
  });

  it('maintains everything every half hour, with finite tries to start', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(30 minutes)',
      State: 'ENABLED',
      Targets: [
        Match.objectLike({
          Input: '{"task":"maintain"}',
          RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3_600 },
          DeadLetterConfig: { Arn: Match.anyValue() },
        }),
      ],
    });
  });

  it('raises an alarm at a roll lag of an hour, and when it has not run for two', () => {
    alarm('RollLagMs', {
      Namespace: 'Millrace',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^MaintenanceFunction') } }],
      Statistic: 'Maximum',
      Threshold: 3_600_000,
      TreatMissingData: 'notBreaching',
    });
    alarm('ScheduledRuns', { Period: 3_600, EvaluationPeriods: 2, Threshold: 1, TreatMissingData: 'breaching' });
  });
});

describe('the wake function', () => {
  it('reads the stream and the tables, starts maintenance and triggers, and changes nothing', () => {
    expect(allowed('Wake')).toEqual({
      OwnLog: ownLog,
      LogStream: ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(name => `dynamodb:${name}`),
      LogTable: ['dynamodb:Query'],
      ClusterTable: readTable,
      StartMaintenance: ['lambda:InvokeFunction'],
      StartTriggers: ['lambda:InvokeFunction'],
      GivenUp: ['sqs:SendMessage'],
    });
  });

  it('is the one consumer of the stream: of inserts only, in batches, with finite tries', () => {
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^StorageLogTable'), 'StreamArn'] },
      FunctionName: { Ref: Match.stringLikeRegexp('^WakeFunction') },
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 1,
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 3_600,
      BisectBatchOnFunctionError: true,
      ParallelizationFactor: Match.absent(),
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^WakeGivenUp'), 'Arn'] } },
      },
    });
  });

  it('is mapped to the stream once it may read it', () => {
    const [mapping] = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
    expect(mapping?.DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^WakeRoleDefaultPolicy/)]));
  });

  it('raises an alarm when it is ten minutes behind', () => {
    alarm('IteratorAge', { Statistic: 'Maximum', Threshold: 600_000 });
  });
});

describe('the queues of what was given up', () => {
  it('are encrypted, closed to callers without TLS, and keep for two weeks', () => {
    template.resourceCountIs('AWS::SQS::Queue', 4);
    template.allResourcesProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
    for (const { Properties } of Object.values(template.findResources('AWS::SQS::QueuePolicy'))) {
      const denied = { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
      expect(Properties.PolicyDocument.Statement).toContainEqual(expect.objectContaining(denied));
    }
  });

  it('raise an alarm as soon as one is not empty', () => {
    template.resourcePropertiesCountIs(
      'AWS::CloudWatch::Alarm',
      { MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum', Threshold: 1 },
      4,
    );
  });
});

describe('the alarms', () => {
  const alarmsOf = (context: Readonly<Record<string, unknown>>) =>
    Object.values(templateWith(context).findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);

  it('all tell the topic that is named', () => {
    const alarmTopic = 'arn:aws:sns:eu-west-1:123456789012:alarms';
    const alarms = alarmsOf({ alarmTopic });
    expect(alarms.length).toBeGreaterThan(10);
    expect(
      alarms.every(({ AlarmActions, OKActions }) => AlarmActions?.[0] === alarmTopic && OKActions?.[0] === alarmTopic),
    ).toBe(true);
  });

  it('tell nobody where none is', () => {
    expect(alarmsOf({}).some(({ AlarmActions }) => AlarmActions)).toBe(false);
  });
});
