import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { provisionHandler } from '../../functions/provision-handler.ts';
import { declaredKinds } from '../../lib/protocol/declared.ts';
import { addPartitions } from '../../lib/topics/alter-topic.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { listTriggers } from '../../lib/triggers/trigger-store.ts';
import { drive } from '../support/drive.ts';
import { TriggerWorld } from '../triggers/world.ts';
import { CloudFormation } from './cloudformation.ts';

const stackArn = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Shop';
const context = { getRemainingTimeInMillis: () => 120_000 } as Context;

let cloudFormation: CloudFormation;
let world: TriggerWorld;
let rollingBack: boolean | Error;

beforeEach(async () => {
  cloudFormation = new CloudFormation();
  await cloudFormation.start();
  world = new TriggerWorld();
  rollingBack = false;
});
afterEach(() => cloudFormation.stop());

type Properties = Readonly<Record<string, unknown>>;

interface Asked {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly properties: Properties;
  readonly before?: Properties;
  readonly id?: string;
  readonly stack?: string;
}

const asking = (kind: keyof typeof declaredKinds) => {
  return async ({ type, properties, before, id, stack = 'first' }: Asked) => {
    const handler = provisionHandler({
      services: world.services,
      isRollingBack: async () => {
        if (rollingBack instanceof Error) throw rollingBack;
        return rollingBack;
      },
      onFault: () => undefined,
    });
    const event = cloudFormation.event({
      RequestType: type,
      ResourceType: declaredKinds[kind],
      StackId: `${stackArn}/${stack}`,
      LogicalResourceId: 'It',
      ResourceProperties: properties,
      ...(before && { OldResourceProperties: before }),
      ...(id !== undefined && { PhysicalResourceId: id }),
    });
    await drive(world.stores.clock, handler(event, context));
    return cloudFormation.answers.at(-1);
  };
};

const click = { Name: 'click', Partitions: '3', Config: { 'retention.ms': '5' } };
const topic = asking('topic');

const topicSeen = async (name = 'click') => {
  const { partitions, config } = await world.services.topics.read(name);
  return { partitions, config };
};

describe('a topic of a stack', () => {
  it('is created, by its name', async () => {
    const answer = await topic({ type: 'Create', properties: click });
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'click' });
    expect(await topicSeen()).toEqual({ partitions: 3, config: { 'retention.ms': '5' } });
  });

  it('is created once where CloudFormation says so twice', async () => {
    await topic({ type: 'Create', properties: click });
    expect(await topic({ type: 'Create', properties: click })).toMatchObject({ Status: 'SUCCESS' });
  });

  it('is answered for by the next run where CloudFormation did not take the answer', async () => {
    cloudFormation.deaf = 1;
    await expect(topic({ type: 'Create', properties: click })).rejects.toThrow('did not take the answer: 503');
    expect(await topic({ type: 'Create', properties: click })).toMatchObject({ Status: 'SUCCESS' });
  });

  it('fails to be created where there is one, which outlives that', async () => {
    const { topicId } = await createTopic(world.services, { name: 'click' });
    const from = world.stores.clock.now();
    const answer = await topic({ type: 'Create', properties: click });
    expect(answer?.Status).toBe('FAILED');
    // at once, for it would fail again
    expect(world.stores.clock.now()).toBe(from);
    expect(answer?.Reason).toMatch(/TOPIC_ALREADY_EXISTS: topic 'click' already exists, and was not declared/);
    const id = answer?.PhysicalResourceId ?? '';
    expect(await topic({ type: 'Delete', properties: click, id })).toMatchObject({ Status: 'SUCCESS' });
    expect((await world.services.topics.read('click')).topicId).toBe(topicId);
  });

  it('waits for a name that was given up a moment ago', async () => {
    await topic({ type: 'Create', properties: click });
    await topic({ type: 'Delete', properties: click, id: 'click' });
    const from = world.stores.clock.now();
    expect(await topic({ type: 'Create', properties: click })).toMatchObject({ Status: 'SUCCESS' });
    expect(world.stores.clock.now() - from).toBeGreaterThan(15_000);
  });

  it('gets more partitions, and the config that it is declared with', async () => {
    await topic({ type: 'Create', properties: click });
    const properties = { Name: 'click', Partitions: '4', Config: { 'segment.ms': '7' } };
    const answer = await topic({ type: 'Update', properties, before: click, id: 'click' });
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'click' });
    expect(await topicSeen()).toEqual({ partitions: 4, config: { 'segment.ms': '7' } });
  });

  it('does not get fewer partitions, and stays what it is to CloudFormation', async () => {
    await topic({ type: 'Create', properties: click });
    const less = { ...click, Partitions: '2' };
    expect(await topic({ type: 'Update', properties: less, before: click, id: 'click' })).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining("topic 'click' has 3 partitions, it can only get more, not 2"),
      PhysicalResourceId: 'click',
    });
    // and back
    expect(await topic({ type: 'Update', properties: click, before: less, id: 'click' })).toMatchObject({
      Status: 'SUCCESS',
    });
  });

  it('keeps partitions that were added where the stack goes back', async () => {
    await topic({ type: 'Create', properties: click });
    const more = { Name: 'click', Partitions: '6', Config: {} };
    await topic({ type: 'Update', properties: more, before: click, id: 'click' });
    rollingBack = true;
    expect(await topic({ type: 'Update', properties: click, before: more, id: 'click' })).toMatchObject({
      Status: 'SUCCESS',
    });
    expect(await topicSeen()).toEqual({ partitions: 6, config: { 'retention.ms': '5' } });
  });

  it('goes back from fewer partitions where it has more than it ever was declared with', async () => {
    await topic({ type: 'Create', properties: click });
    await addPartitions(world.services, 'click', 6);
    const less = { ...click, Partitions: '2' };
    expect(await topic({ type: 'Update', properties: less, before: click, id: 'click' })).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('has 6 partitions'),
    });
    expect(await topic({ type: 'Update', properties: click, before: less, id: 'click' })).toMatchObject({
      Status: 'SUCCESS',
    });
  });

  it('keeps partitions that others have added where its config is changed', async () => {
    await topic({ type: 'Create', properties: click });
    await addPartitions(world.services, 'click', 6);
    const properties = { ...click, Config: {} };
    expect(await topic({ type: 'Update', properties, before: click, id: 'click' })).toMatchObject({
      Status: 'SUCCESS',
    });
    expect(await topicSeen()).toEqual({ partitions: 6, config: {} });
  });

  it('does not get fewer partitions where nobody can tell whether the stack goes back', async () => {
    await topic({ type: 'Create', properties: click });
    rollingBack = new Error('access denied');
    const answer = await topic({
      type: 'Update',
      properties: { ...click, Partitions: '2' },
      before: click,
      id: 'click',
    });
    expect(answer?.Reason).toMatch(/INVALID_PARTITIONS/);
  });

  it('is another with another name, and the one before is deleted when CloudFormation says so', async () => {
    await topic({ type: 'Create', properties: click });
    const upload = { ...click, Name: 'upload' };
    const answer = await topic({ type: 'Update', properties: upload, before: click, id: 'click' });
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'upload' });
    expect(await topicSeen()).toMatchObject({ partitions: 3 });
    await topic({ type: 'Delete', properties: click, id: 'click' });
    await expect(topicSeen()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    expect(await topicSeen('upload')).toMatchObject({ partitions: 3 });
  });

  it('is deleted by what CloudFormation made up for it where its creation was never answered', async () => {
    await topic({ type: 'Create', properties: click });
    await topic({ type: 'Delete', properties: click, id: 'Shop-It-1ABCDEF' });
    await expect(topicSeen()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });

  it('is taken up again by the next stack of that name, which leaves it where it is deleted', async () => {
    await topic({ type: 'Create', properties: click });
    const again = await topic({ type: 'Create', properties: { ...click, Partitions: '5' }, stack: 'second' });
    expect(again).toMatchObject({ Status: 'SUCCESS' });
    await topic({ type: 'Delete', properties: click, id: 'click', stack: 'second' });
    expect(await topicSeen()).toMatchObject({ partitions: 5 });
  });

  it('that is gone already is no matter of deletion', async () => {
    await topic({ type: 'Create', properties: click });
    await deleteTopic(world.services, 'click');
    expect(await topic({ type: 'Delete', properties: click, id: 'click' })).toMatchObject({ Status: 'SUCCESS' });
  });
});

const trigger = asking('trigger');

const count = {
  Name: 'count',
  Topics: ['click'],
  GroupId: 'counts',
  StartingPosition: 'TRIM_HORIZON',
  Function: 'f',
  FunctionTimeoutMs: '3000',
};

describe('a trigger of a stack', () => {
  beforeEach(() => topic({ type: 'Create', properties: click }));

  it('is created with what it is declared with, and the defaults of the rest', async () => {
    const all = {
      ...count,
      StartingPosition: 'AT_TIMESTAMP',
      StartingTimestamp: '1700000000000',
      BatchSize: '10',
      BatchBytes: '2048',
      BatchingWindowMs: '500',
      Filters: ['{"value":["a"]}'],
      MaximumRetryAttempts: '-1',
      MaximumRecordAgeMs: '60000',
      BisectsOnError: 'true',
      ReportsItemFailures: 'true',
      OnFailure: 'arn:aws:sqs:eu-west-1:123456789012:failed',
      IsEnabled: 'false',
    };
    expect(await trigger({ type: 'Create', properties: all })).toMatchObject({ Status: 'SUCCESS' });
    expect(await listTriggers(world.services)).toMatchObject([
      {
        name: 'count',
        topics: ['click'],
        groupId: 'counts',
        startingPosition: 'AT_TIMESTAMP',
        startingTimestamp: 1_700_000_000_000,
        function: 'f',
        functionTimeoutMs: 3_000,
        batchSize: 10,
        batchBytes: 2_048,
        batchingWindowMs: 500,
        filters: ['{"value":["a"]}'],
        maximumRetryAttempts: -1,
        maximumRecordAgeMs: 60_000,
        bisectsOnError: true,
        reportsItemFailures: true,
        onFailure: 'arn:aws:sqs:eu-west-1:123456789012:failed',
        isEnabled: false,
      },
    ]);
    await trigger({ type: 'Update', properties: count, before: { ...all, ...count }, id: 'x' });
    expect(await listTriggers(world.services)).toMatchObject([
      { batchSize: 100, maximumRetryAttempts: -1, bisectsOnError: false, isEnabled: true },
    ]);
  });

  it('keeps its id when its settings change', async () => {
    const created = await trigger({ type: 'Create', properties: count });
    const properties = { ...count, BatchSize: '7', Function: 'g' };
    const updated = await trigger({ type: 'Update', properties, before: count, id: created?.PhysicalResourceId ?? '' });
    expect(updated?.PhysicalResourceId).toBe(created?.PhysicalResourceId);
    expect(await listTriggers(world.services)).toMatchObject([{ batchSize: 7, function: 'g' }]);
  });

  it.each([
    { StartingPosition: 'LATEST' },
    { GroupId: 'others' },
    { Name: 'recount' },
    { Topics: ['click', 'upload'] },
  ])('is another with %o, and alone when the one before is deleted', async change => {
    await createTopic(world.services, { name: 'upload' });
    const created = await trigger({ type: 'Create', properties: count });
    const properties = { ...count, ...change };
    const id = created?.PhysicalResourceId ?? '';
    const updated = await trigger({ type: 'Update', properties, before: count, id });
    expect(updated).toMatchObject({ Status: 'SUCCESS' });
    expect(updated?.PhysicalResourceId).not.toBe(id);
    await trigger({ type: 'Delete', properties: count, id });
    const left = await listTriggers(world.services);
    expect(left).toMatchObject([{ name: properties.Name, groupId: properties.GroupId, topics: properties.Topics }]);
    // and back, as CloudFormation does it where something else failed
    const back = await trigger({
      type: 'Update',
      properties: count,
      before: properties,
      id: updated?.PhysicalResourceId ?? '',
    });
    expect(back).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
    await trigger({ type: 'Delete', properties, id: updated?.PhysicalResourceId ?? '' });
    expect(await listTriggers(world.services)).toMatchObject([{ name: 'count', groupId: 'counts', topics: ['click'] }]);
  });

  it('fails by the name of what is wrong, and nothing is left of it', async () => {
    const answer = await trigger({ type: 'Create', properties: { ...count, BatchSize: '10001' } });
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('batchSize is 10001, it may be 1 to 10000'),
    });
    expect(await listTriggers(world.services)).toEqual([]);
    const bad = { ...count, StartingPosition: 'SOMEWHERE' };
    expect(await trigger({ type: 'Create', properties: bad })).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining("starting position 'SOMEWHERE'"),
    });
    expect(await trigger({ type: 'Delete', properties: bad, id: 'It' })).toMatchObject({ Status: 'SUCCESS' });
  });

  it('is deleted with its resource', async () => {
    const created = await trigger({ type: 'Create', properties: count });
    await trigger({ type: 'Delete', properties: count, id: created?.PhysicalResourceId ?? '' });
    expect(await listTriggers(world.services)).toEqual([]);
  });

  it('is the only kind of resource besides a topic', async () => {
    const handler = provisionHandler({
      services: world.services,
      isRollingBack: async () => false,
      onFault: () => undefined,
    });
    await handler(
      cloudFormation.event({
        RequestType: 'Create',
        ResourceType: 'Custom::Other',
        StackId: 's/l',
        LogicalResourceId: 'It',
      }),
      context,
    );
    expect(cloudFormation.answers).toMatchObject([
      {},
      { Status: 'FAILED', Reason: expect.stringContaining('Custom::Other'), PhysicalResourceId: 'It' },
    ]);
  });
});
