/**
 * Positions are kept with the id of their topic, but were read, and some committed, by its name. Where a topic was deleted and its name
 * given to another, readers went on in the new one where they had been in the old, and what lay before that they never saw.
 */
import { expect, it } from 'vitest';
import { throttled } from '../../lib/adapters/memory/faults.ts';
import { jsonOf, send, sendJson, testApp } from '../http/support.ts';

/** After which a name is free again. */
const NAME_TAKEN_MS = 16_000;

async function world(offsetReset: 'earliest' | 'latest') {
  const { app, topic, stores, v3, worker } = await testApp();
  await topic('click');
  const instance = '/consumers/counts/instances/one';
  await app.request('/consumers/counts', send({ name: 'one', format: 'json', 'auto.offset.reset': offsetReset }));
  return {
    v3,
    app,
    worker,
    instance,
    async produce(...values: number[]) {
      const records = values.map(value => ({ value, partition: 0 }));
      expect((await app.request('/topics/click', sendJson({ records }))).status).toBe(200);
    },
    async poll(): Promise<unknown[]> {
      const answer = await app.request(`${instance}/records?timeout=0`);
      expect(answer.status).toBe(200);
      return ((await answer.json()) as { value: unknown }[]).map(({ value }) => value);
    },
    async post(what: string, body: unknown) {
      const answer = await app.request(`${instance}/${what}`, send(body));
      expect(answer.ok).toBe(true);
    },
    async makeAnew() {
      await app.request(`${v3}/topics/click`, { method: 'DELETE' });
      await stores.clock.advance(NAME_TAKEN_MS);
      await topic('click');
    },
    committed: async () => (await jsonOf(app.request(`${v3}/consumer-groups/counts/offsets`))).data,
  };
}

const partitions = [{ topic: 'click', partition: 0 }];

it.each(['earliest', 'latest'] as const)('reads a topic made anew from its first record, with %s', async reset => {
  const { post, produce, poll, makeAnew } = await world(reset);
  await post('assignments', { partitions });
  await produce(1, 2, 3);
  expect(await poll()).toEqual([1, 2, 3]);
  await makeAnew();
  await produce(4, 5, 6, 7, 8);
  expect(await poll()).toEqual([4, 5, 6, 7, 8]);
  await produce(9);
  expect(await poll()).toEqual([9]);
});

it('commits nothing of a topic that is gone for the one that has its name', async () => {
  const { app, instance, post, produce, poll, makeAnew, committed } = await world('earliest');
  await post('assignments', { partitions });
  await produce(1, 2, 3);
  expect(await poll()).toEqual([1, 2, 3]);
  await makeAnew();
  await produce(4, 5, 6, 7, 8);
  expect((await app.request(`${instance}/offsets`, { method: 'POST' })).status).toBe(200);
  expect(await committed()).toMatchObject([{ offset: 0 }]);
  expect(await poll()).toEqual([4, 5, 6, 7, 8]);
});

it('nor does an instance that commits by itself', async () => {
  const { app, instance, post, produce, poll, makeAnew, committed } = await world('earliest');
  await post('assignments', { partitions });
  await produce(1, 2, 3);
  expect(await poll()).toEqual([1, 2, 3]);
  await makeAnew();
  expect((await app.request(instance, { method: 'DELETE' })).status).toBe(204);
  expect(await committed()).toEqual([]);
});

it('gives a member nothing of the new topic before it has the new topic’s partitions', async () => {
  const { app, v3, produce, makeAnew, worker } = await world('earliest');
  const poll = async (body: object) => {
    const sent = send({ member_id: 'm', max_wait_ms: 0, ...body });
    const answer = await jsonOf(app.request(`${v3}/consumer-groups/members/members:poll`, sent));
    const [of] = answer.assignment.topic_partitions;
    const { records, topic_name, partition_id, assignment_epoch, position, error_code } = of;
    const { member_epoch } = answer;
    const topic_partitions = [{ topic_name, partition_id, assignment_epoch, position }];
    return { error_code, offsets: records.map(offsetOf), next: { member_epoch, topic_partitions } };
  };
  await produce(1, 2, 3);
  const joining = { member_epoch: 0, subscribed_topic_names: ['click'], auto_offset_reset: 'earliest' };
  const first = await poll(joining);
  expect(first.offsets).toEqual([0, 1, 2]);
  await makeAnew();
  await produce(4, 5, 6, 7, 8);
  // the assignment is not brought up to date by this request
  worker.faults.next('query', throttled);
  expect(await poll(first.next)).toMatchObject({ error_code: 3, offsets: [] });
  expect(await poll(first.next)).toMatchObject({ error_code: 0, offsets: [0, 1, 2, 3, 4] });
});

const offsetOf = ({ offset }: { readonly offset: number }) => offset;
