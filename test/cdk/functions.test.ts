import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { policyStatementsOf, statementsOf, templateWith } from './synth.ts';

const template = templateWith();
const ephemeral = templateWith({ ephemeral: 'true' });

const paths = ['Produce', 'Fetch', 'Groups', 'Topics', 'Maintenance', 'Wake', 'Dispatcher'];

const allowed = (path: string) =>
  Object.fromEntries(statementsOf(template, path).map(({ Sid, Action }) => [Sid, [Action].flat()]));

describe('every function', () => {
  it('runs on Node 24 on arm64', () => {
    template.resourceCountIs('AWS::Lambda::Function', paths.length);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
  });

  it.each(['Produce', 'Fetch', 'Groups', 'Topics'])(
    'behind the front door runs for as long as that waits: %s',
    path => {
      const [, fn] =
        Object.entries(template.findResources('AWS::Lambda::Function')).find(([id]) => id.startsWith(path)) ?? [];
      expect(fn?.Properties.Timeout).toBe(29);
    },
  );

  it('has a role of its own, without managed policies', () => {
    template.resourceCountIs('AWS::IAM::Role', paths.length);
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  it('is allowed named things on named resources only', () => {
    const statements = policyStatementsOf(template, '');
    expect(statements.filter(({ Sid }) => !Sid)).toEqual([]);
    expect(statements.filter(({ Action }) => [Action].flat().some(action => action.includes('*')))).toEqual([]);
    expect(statements.filter(({ Resource }) => [Resource].flat().includes('*'))).toEqual([]);
  });

  it('raises an alarm at its first error and its first throttle', () => {
    for (const metric of ['Errors', 'Throttles']) {
      const alarms = template.findResources('AWS::CloudWatch::Alarm', {
        Properties: { Namespace: 'AWS/Lambda', MetricName: metric, Threshold: 1 },
      });
      expect(Object.keys(alarms)).toHaveLength(paths.length);
    }
  });
});

const ownLog = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const readTable = ['dynamodb:GetItem', 'dynamodb:Query'];
const readPublished = { Segments: ['s3:GetObject'], Manifests: ['s3:GetObject'] };

describe('produce', () => {
  it('creates log entries, never replaces or deletes one by another action, and writes batches', () => {
    expect(allowed('Produce')).toEqual({
      OwnLog: ownLog,
      LogTable: [...readTable, 'dynamodb:PutItem'],
      ClusterTable: [...readTable, 'dynamodb:PutItem'],
      Batches: ['s3:GetObject', 's3:PutObject'],
      ...readPublished,
      ObjectsThatAreGone: ['s3:ListBucket'],
      StartMaintenance: ['lambda:InvokeFunction'],
    });
  });

  it('writes nowhere in the bucket but in batches/', () => {
    const writes = statementsOf(template, 'Produce').filter(({ Action }) => Action.includes('s3:PutObject'));
    expect(writes).toHaveLength(1);
    expect(JSON.stringify(writes[0]?.Resource)).toMatch(/"\/batches\/\*"/);
    expect(writes[0]?.Resource).not.toBeInstanceOf(Array);
  });
});

describe('fetch', () => {
  it('reads the log and its objects, and marks itself as a worker', () => {
    expect(allowed('Fetch')).toEqual({
      OwnLog: ownLog,
      LogTable: ['dynamodb:Query'],
      ClusterTable: [...readTable, 'dynamodb:PutItem'],
      Batches: ['s3:GetObject'],
      ...readPublished,
      ObjectsThatAreGone: ['s3:ListBucket'],
      StartMaintenance: ['lambda:InvokeFunction'],
    });
  });
});

describe('groups', () => {
  it('reads the log and its objects, and changes and deletes cells', () => {
    expect(allowed('Groups')).toEqual({
      OwnLog: ownLog,
      LogTable: ['dynamodb:Query'],
      ClusterTable: [...readTable, 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
      Batches: ['s3:GetObject'],
      ...readPublished,
      ObjectsThatAreGone: ['s3:ListBucket'],
      StartMaintenance: ['lambda:InvokeFunction'],
      StartTriggers: ['lambda:InvokeFunction'],
    });
  });
});

describe('topics', () => {
  it('changes the cluster table, and reads the log and what was published', () => {
    expect(allowed('Topics')).toEqual({
      OwnLog: ownLog,
      LogTable: ['dynamodb:Query'],
      ClusterTable: [...readTable, 'dynamodb:PutItem'],
      ...readPublished,
      ObjectsThatAreGone: ['s3:ListBucket'],
      StartMaintenance: ['lambda:InvokeFunction'],
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
      Produce: ['MILLRACE_BUCKET', ...tables, 'MILLRACE_MAINTENANCE_FUNCTION'],
      Fetch: ['MILLRACE_BUCKET', ...tables, 'MILLRACE_MAINTENANCE_FUNCTION'],
      Groups: [
        'MILLRACE_BUCKET',
        ...tables.slice(0, 1),
        'MILLRACE_DISPATCHER_FUNCTION',
        ...tables.slice(1),
        'MILLRACE_MAINTENANCE_FUNCTION',
      ],
      Topics: ['MILLRACE_BUCKET', ...tables, 'MILLRACE_MAINTENANCE_FUNCTION'],
      Maintenance: ['MILLRACE_BUCKET', ...tables],
      Wake: [
        ...tables.slice(0, 1),
        'MILLRACE_DISPATCHER_FUNCTION',
        ...tables.slice(1),
        'MILLRACE_MAINTENANCE_FUNCTION',
      ],
      Dispatcher: ['MILLRACE_BUCKET', ...tables],
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
