import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { policyStatementsOf, statementsOf, templateWith } from './synth.ts';

const template = templateWith();

const allowed = (path: string) =>
  Object.fromEntries(statementsOf(template, path).map(({ Sid, Action }) => [Sid, [Action].flat()]));

describe('the dispatcher', () => {
  it('has fifteen minutes and 512 MB', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('functions that topics invoke'),
      Timeout: 900,
      MemorySize: 512,
    });
  });

  it('reads the log, keeps how far it has come, and produces what it gives up', () => {
    const readTable = ['dynamodb:GetItem', 'dynamodb:Query'];
    expect(allowed('Dispatcher')).toEqual({
      OwnLog: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      LogTable: [...readTable, 'dynamodb:PutItem'],
      ClusterTable: [...readTable, 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
      Batches: ['s3:GetObject', 's3:PutObject'],
      Segments: ['s3:GetObject'],
      Manifests: ['s3:GetObject'],
      ObjectsThatAreGone: ['s3:ListBucket'],
    });
  });

  it('may start itself, again and again, and no other function unless that allows it', () => {
    const [goOn, ...others] = policyStatementsOf(template, 'DispatcherGoOn');
    expect(others).toEqual([]);
    expect(goOn).toMatchObject({ Sid: 'GoOn', Action: 'lambda:InvokeFunction' });
    expect(JSON.stringify(goOn?.Resource)).toMatch(/^\{"Fn::GetAtt":\["DispatcherFunction/);
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 900, RecursiveLoop: 'Allow' });
  });

  it('is not repeated by Lambda: what is due is noted', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('^DispatcherFunction') },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 3_600,
    });
  });

  it.each([
    ['rate(5 minutes)', 'due'],
    ['rate(1 hour)', 'sweep'],
  ])('looks at %s for what is %s', (ScheduleExpression, task) => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression,
      State: 'ENABLED',
      Targets: [Match.objectLike({ Input: JSON.stringify({ task }), DeadLetterConfig: { Arn: Match.anyValue() } })],
    });
  });
});
