import { RemovalPolicy } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { Millrace } from '../../cdk/index.ts';
import { only, openShop } from './shop.ts';
import { templateWith } from './synth.ts';

const typesOf = (template: Template): readonly string[] =>
  Object.values<{ readonly Type: string }>(template.toJSON().Resources)
    .map(({ Type }) => Type)
    .sort();

describe('a Millrace in any stack', () => {
  it('is what the stack of our own app is', () => {
    expect(typesOf(openShop().template())).toEqual(typesOf(templateWith()));
    const ephemeral = openShop({ removalPolicy: RemovalPolicy.DESTROY, frontDoor: 'http', auth: 'none' });
    const context = { ephemeral: 'true', frontDoor: 'http', auth: 'none' };
    expect(typesOf(ephemeral.template())).toEqual(typesOf(templateWith(context)));
  });

  it('tells its tables, its bucket, its URL and its functions', () => {
    const { stack, streams } = openShop();
    const resolved = (value: unknown) => JSON.stringify(stack.resolve(value));
    expect(resolved(streams.logTableName)).toMatch(/StreamsStorageLogTable/);
    expect(resolved(streams.clusterTableName)).toMatch(/StreamsStorageClusterTable/);
    expect(resolved(streams.bucketName)).toMatch(/StreamsStorageBucket/);
    expect(resolved(streams.url)).toMatch(/StreamsFrontDoorRestApi/);
    const functions = Object.entries(streams.functions).map(([name, fn]) => [
      name,
      resolved(fn.functionArn).toLowerCase(),
    ]);
    expect(functions.map(([name]) => name)).toEqual([
      'produce',
      'fetch',
      'groups',
      'topics',
      'maintenance',
      'wake',
      'dispatcher',
    ]);
    for (const [name, arn] of functions) expect(arn).toContain(`streams${name}function`);
  });

  it('calls its API after the stack and itself', () => {
    expect(only(openShop().template(), 'AWS::ApiGateway::RestApi').properties.Name).toBe('Shop-Streams');
    expect(only(openShop({ frontDoor: 'http' }).template(), 'AWS::ApiGatewayV2::Api').properties.Name).toBe(
      'Shop-Streams',
    );
    expect(only(templateWith(), 'AWS::ApiGateway::RestApi').properties.Name).toBe('Millrace');
  });

  it('may stand beside another in one stack', () => {
    const shop = openShop();
    const second = new Millrace(shop.stack, 'Second');
    shop.streams.addTopic('click');
    second.addTopic('click');
    shop.template().resourceCountIs('Custom::MillraceTopic', 2);
    shop.template().resourceCountIs('AWS::DynamoDB::Table', 4);
  });

  it('keeps its data, or lets it go; there is nothing between', () => {
    expect(() => openShop({ removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow(
      'removalPolicy is snapshot, it may be RETAIN or DESTROY',
    );
  });

  it('tells a topic of its own alarms, and of nobody else', () => {
    const shop = openShop({ apart: true });
    const told = new Topic(shop.data, 'Told');
    const streams = new Millrace(shop.data, 'Watched', { alarmTopic: told });
    streams.addTopic('click');
    const alarms = Object.entries(shop.dataTemplate().findResources('AWS::CloudWatch::Alarm'));
    for (const [id, { Properties }] of alarms)
      expect([id, Properties.AlarmActions !== undefined]).toEqual([id, /^Watched/.test(id)]);
    expect(alarms.filter(([id]) => /^WatchedProvisioner/.test(id))).toHaveLength(2);
  });

  it('has metrics of maintenance, as its alarms do', () => {
    const { stack, streams } = openShop();
    for (const [metric, name] of [
      [streams.metricRollLag(), 'RollLagMs'],
      [streams.metricDirtyRatio(), 'DirtyRatio'],
    ] as const) {
      expect(metric).toMatchObject({ namespace: 'Millrace', metricName: name, statistic: 'Maximum' });
      expect(stack.resolve(metric.dimensions)).toEqual({
        FunctionName: stack.resolve(streams.functions.maintenance.functionName),
      });
    }
  });
});
