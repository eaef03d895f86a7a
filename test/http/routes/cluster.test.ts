import { describe, expect, it } from 'vitest';
import { lead, resign } from '../../../lib/log/leader.ts';
import { Worker } from '../../../lib/topics/workers.ts';
import { errorOf, jsonOf, send, sendJson, testApp } from '../support.ts';

describe('the cluster', () => {
  it('is one, and lists the workers seen lately', async () => {
    const { app, v3, services } = await testApp();
    const id = v3.split('/').at(-1);
    const { data } = await jsonOf(app.request('/v3/clusters'));
    expect(data).toEqual([await jsonOf(app.request(v3))]);
    expect(data[0]).toMatchObject({ kind: 'KafkaCluster', cluster_id: id });
    const { brokerId } = services.worker;
    const broker = { kind: 'KafkaBroker', cluster_id: id, broker_id: brokerId, host: '127.0.0.1', port: 8082 };
    expect((await jsonOf(app.request(`${v3}/brokers`))).data).toMatchObject([broker]);
    expect(await jsonOf(app.request(`${v3}/brokers/${brokerId}`))).toMatchObject(broker);
    expect(await jsonOf(app.request('/brokers'))).toEqual({ brokers: [brokerId] });
    expect(await errorOf(app.request(`${v3}/brokers/1`))).toMatchObject({ status: 404, error_code: 404 });
  });
});

describe('a partition', () => {
  it('is led by the worker that answers where nobody has led it yet', async () => {
    const { app, v3, services, topic } = await testApp();
    await topic('t', 2);
    const path = `${v3}/topics/t/partitions`;
    const { brokerId } = services.worker;
    const replica = { kind: 'KafkaReplica', partition_id: 1, broker_id: brokerId, is_leader: true, is_in_sync: true };
    const { data } = await jsonOf(app.request(path));
    expect(data[1]).toMatchObject({
      kind: 'KafkaPartition',
      partition_id: 1,
      leader: { related: `http://localhost${path}/1/replicas/${brokerId}` },
      leader_epoch: 0,
    });
    expect(await jsonOf(app.request(`${path}/1`))).toEqual(data[1]);
    expect((await jsonOf(app.request(`${path}/1/replicas`))).data).toMatchObject([replica]);
    expect(await jsonOf(app.request(`${path}/1/replicas/${brokerId}`))).toMatchObject(replica);
    expect(await errorOf(app.request(`${path}/1/replicas/1`))).toMatchObject({ status: 404, error_code: 404 });
    expect(await errorOf(app.request(`${path}/2`))).toMatchObject({ status: 404, error_code: 40402 });
  });

  it('has a replica on every worker seen lately where nobody has led it yet: each says so of itself', async () => {
    const { app, v3, stores, topic } = await testApp();
    await topic('t');
    const other = new Worker(stores.worker().services, { host: 'other', port: 1 });
    const path = `${v3}/topics/t/partitions/0/replicas/${other.brokerId}`;
    expect((await app.request(path)).status).toBe(404);
    await other.beSeen();
    expect(await jsonOf(app.request(path))).toMatchObject({ broker_id: other.brokerId, is_leader: true });
  });

  it('shows on both surfaces who leads it, and since how many changes', async () => {
    const { app, v3, stores, services, topic } = await testApp();
    await topic('t', 2);
    const { topicId } = await services.topics.resolve('t');
    for (const brokerId of [7, 8]) {
      const leader = { ...stores.worker().services, brokerId };
      expect(await lead(leader, { topicId, partition: 1 })).toBeDefined();
      if (brokerId === 7) await resign(leader, { topicId, partition: 1 });
    }
    const path = `${v3}/topics/t/partitions`;
    const { data } = await jsonOf(app.request(path));
    const leader = { related: `http://localhost${path}/1/replicas/8` };
    expect(data).toMatchObject([{ leader_epoch: 0 }, { leader_epoch: 2, leader }]);
    expect(await jsonOf(app.request(`${path}/1`))).toEqual(data[1]);
    const v2 = {
      partition: 1,
      leader: 8,
      leader_epoch: 2,
      replicas: [{ broker: 8, leader: true, in_sync: true }],
    };
    expect(await jsonOf(app.request('/topics/t/partitions/1'))).toEqual(v2);
    expect((await jsonOf(app.request('/topics/t/partitions')))[1]).toEqual(v2);
    expect((await jsonOf(app.request('/topics/t'))).partitions[1]).toEqual(v2);
    const replica = { broker_id: 8, is_leader: true, is_in_sync: true };
    expect((await jsonOf(app.request(`${path}/1/replicas`))).data).toMatchObject([replica]);
    expect(await jsonOf(app.request(`${path}/1/replicas/8`))).toMatchObject(replica);
    expect((await app.request(`${path}/1/replicas/${services.worker.brokerId}`)).status).toBe(404);
  });
});

describe('an offset', () => {
  it('is found by what it means', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const path = `${v3}/topics/t/partitions/0/offset`;
    const found = async (query: string) => jsonOf(app.request(`${path}${query}`));
    expect(await found('?offset_type=max_timestamp')).toMatchObject({ offset: -1, timestamp: null });
    const records = [{ timestamp: 10 }, { timestamp: 30 }, { timestamp: 20 }];
    await app.request('/topics/t', sendJson({ records }));
    expect(await found('')).toMatchObject({
      kind: 'KafkaPartitionWithOffsets',
      metadata: { self: `http://localhost${path}` },
      topic_name: 't',
      partition_id: 0,
      earliest_offset: 0,
      latest_offset: 3,
    });
    expect(await found('?offset_type=earliest')).toMatchObject({ earliest_offset: 0, offset: 0 });
    expect(await found('?offset_type=latest')).toMatchObject({ latest_offset: 3, offset: 3 });
    expect(await found('?offset_type=max_timestamp')).toMatchObject({
      offset: 1,
      timestamp: '1970-01-01T00:00:00.030Z',
    });
    expect(await found('?offset_type=timestamp&timestamp=11')).toMatchObject({ offset: 1 });
    expect(await found('?offset_type=timestamp&timestamp=31')).toMatchObject({ offset: -1, timestamp: null });
    expect(await jsonOf(app.request('/topics/t/partitions/0/offsets'))).toEqual({ beginning_offset: 0, end_offset: 3 });
  });

  it.each([
    'offset_type=newest',
    'offset_type=timestamp',
    'offset_type=latest&timestamp=1',
    'offset_type=timestamp&timestamp=-1',
  ])('is not found by %s', async query => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const response = app.request(`${v3}/topics/t/partitions/0/offset?${query}`);
    expect(await errorOf(response)).toMatchObject({ status: 400, error_code: 400 });
  });
});

describe('a producer', () => {
  it('gets an id, and then the next epoch of it', async () => {
    const { app, v3 } = await testApp();
    const response = await app.request(`${v3}/producers`, { method: 'POST' });
    expect(response.status).toBe(201);
    const first = await jsonOf(response);
    expect(first).toMatchObject({ kind: 'MillraceProducer', cluster_id: v3.split('/').at(-1), producer_epoch: 0 });
    const { producer_id } = first;
    expect(await jsonOf(app.request(`${v3}/producers`, send({ producer_id })))).toEqual({
      ...first,
      producer_epoch: 1,
    });
    expect((await jsonOf(app.request(`${v3}/producers`, send({})))).producer_id).not.toBe(producer_id);
  });

  it.each([
    [{ producer_id: 5 }, 409, 40913],
    [{ producer_id: -1 }, 422, 422],
    [{ producer_id: 'x' }, 422, 422],
    ['nope', 400, 400],
  ])('gets nothing for %j', async (body, status, error_code) => {
    const { app, v3 } = await testApp();
    expect(await errorOf(app.request(`${v3}/producers`, send(body)))).toMatchObject({ status, error_code });
  });
});
