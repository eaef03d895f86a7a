import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { statementsOf, templateWith } from './synth.ts';

const template = templateWith();
const ephemeral = templateWith({ ephemeral: 'true' });

const allowed = (path: string) =>
  Object.fromEntries(statementsOf(template, path).map(({ Sid, Action }) => [Sid, [Action].flat()]));

describe('every function', () => {
  it('runs on Node 24 on arm64, for as long as the front door waits', () => {
    template.resourceCountIs('AWS::Lambda::Function', 3);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 29,
    });
  });

  it('has a role of its own, without managed policies', () => {
    template.resourceCountIs('AWS::IAM::Role', 3);
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  it('is allowed named things on named resources only', () => {
    const statements = ['Produce', 'Fetch', 'Topics'].flatMap(path => statementsOf(template, path));
    expect(statements.filter(({ Sid }) => !Sid)).toEqual([]);
    expect(statements.filter(({ Action }) => [Action].flat().some(action => action.includes('*')))).toEqual([]);
    expect(statements.filter(({ Resource }) => [Resource].flat().includes('*'))).toEqual([]);
  });

  it('raises an alarm at its first error and its first throttle', () => {
    for (const metric of ['Errors', 'Throttles']) {
      const alarms = template.findResources('AWS::CloudWatch::Alarm', {
        Properties: { Namespace: 'AWS/Lambda', MetricName: metric, Threshold: 1 },
      });
      expect(Object.keys(alarms)).toHaveLength(3);
    }
  });
});

const ownLog = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const readTable = ['dynamodb:GetItem', 'dynamodb:Query'];

describe('produce', () => {
  it('creates log entries, never replaces or deletes one by another action, and writes batches', () => {
    expect(allowed('Produce')).toEqual({
      OwnLog: ownLog,
      LogTable: [...readTable, 'dynamodb:PutItem'],
      ClusterTable: [...readTable, 'dynamodb:PutItem'],
      Objects: ['s3:GetObject', 's3:PutObject'],
      ObjectsThatAreGone: ['s3:ListBucket'],
    });
  });

  it('writes nowhere in the bucket but in batches/', () => {
    const objects = statementsOf(template, 'Produce').find(({ Sid }) => Sid === 'Objects');
    expect(JSON.stringify(objects?.Resource)).toMatch(/"\/batches\/\*"/);
    expect(objects?.Resource).not.toBeInstanceOf(Array);
  });
});

describe('fetch', () => {
  it('reads the log and its objects, and marks itself as a worker', () => {
    expect(allowed('Fetch')).toEqual({
      OwnLog: ownLog,
      LogTable: ['dynamodb:Query'],
      ClusterTable: [...readTable, 'dynamodb:PutItem'],
      Objects: ['s3:GetObject'],
      ObjectsThatAreGone: ['s3:ListBucket'],
    });
  });
});

describe('topics', () => {
  it('changes the cluster table, and has no use of the log or the bucket', () => {
    expect(allowed('Topics')).toEqual({
      OwnLog: ownLog,
      ClusterTable: [...readTable, 'dynamodb:PutItem'],
    });
  });
});

describe('a grant', () => {
  it('tells the function where the store is', () => {
    const variables = Object.entries(template.findResources('AWS::Lambda::Function')).map(([id, fn]) => {
      const names = Object.keys(fn.Properties.Environment.Variables).filter(name => name.startsWith('MILLRACE_'));
      return [id.replace(/Function.*/, ''), names.sort()];
    });
    const tables = ['MILLRACE_CLUSTER_TABLE', 'MILLRACE_LOG_TABLE'];
    expect(Object.fromEntries(variables)).toEqual({
      Produce: ['MILLRACE_BUCKET', ...tables],
      Fetch: ['MILLRACE_BUCKET', ...tables],
      Topics: ['MILLRACE_CLUSTER_TABLE'],
    });
  });
});

describe('the function that empties the bucket', () => {
  it('may list and delete objects, and nothing else', () => {
    const actions = statementsOf(ephemeral, 'StorageEmptyOnDelete').map(({ Sid, Action }) => [Sid, [Action].flat()]);
    expect(Object.fromEntries(actions)).toEqual({
      OwnLog: ownLog,
      Objects: ['s3:DeleteObject'],
      ObjectsThatAreGone: ['s3:ListBucket'],
    });
  });
});
