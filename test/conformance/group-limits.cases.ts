/** Names of groups and of members that nobody expects, and lists as long as they may be. What bounds a field is tried in `bounds.cases.ts`. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import {
  assigned,
  assignmentOf,
  createdBy,
  createInstance,
  done,
  newGroup,
  poll,
  postInstance,
  recordsOf,
  sharing,
  topicOf,
} from './support/consumers.ts';
import {
  beatOf,
  groupOffsets,
  Member,
  offsetOf,
  pathOfGroup,
  postBeat,
  postOffsets,
  postPoll,
  resultsOf,
} from './support/groups.ts';
import { type ExpectedError, expectError, malformed, misfit } from './support/refusals.ts';

const ID_LENGTH = 255;
const OFFSETS = 1_000;
const PARTITIONS = 1_000;

const badSetting: ExpectedError = { status: 422, code: 42204 };

/** Ids that are legal, however strange. */
const strange = [
  '%',
  'a b',
  ' ',
  'ü😀',
  '__proto__',
  'constructor',
  '*',
  ':g',
  '{g}',
  'a?b=c#d',
  '"',
  "'",
  '\\',
  '-1',
  '~.~',
];

/** Ids with characters that nobody can see. */
const controls = ['a\u0000b', '\n', 'a\u001fb', 'a\u007fb', 'a\u0085b'];

export function groupLimitCases(client: Client): void {
  const padded = (text: string, length: number) => text.padEnd(length, 'x');

  describe('the id of a group', () => {
    it.each([ID_LENGTH - 1, ID_LENGTH])('may have %i characters', async length => {
      const id = padded(newGroup(), length);
      createdBy(await postInstance(client, id, { name: 'i' }), id);
      expect((await client.get(pathOfGroup(id))).json).toMatchObject({ consumer_group_id: id });
      expect(beatOf(await postBeat(client, id, { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'] })));
    });

    it('may have as many of three bytes each', async () => {
      const id = newGroup().padEnd(ID_LENGTH, '世');
      const instance = createdBy(await postInstance(client, id, { name: '世'.repeat(ID_LENGTH) }), id);
      expect(await assignmentOf(client, instance)).toEqual([]);
      expect((await client.get(pathOfGroup(id))).json).toMatchObject({ consumer_group_id: id });
    });

    it('may not have one more', async () => {
      const id = padded(newGroup(), ID_LENGTH + 1);
      const tooLong = { status: [400, 404, 422] };
      expectError(await postInstance(client, id, { name: 'i' }), tooLong);
      expectError(await client.get(pathOfGroup(id)), tooLong);
      expectError(await postOffsets(client, id, 'commit', { offsets: [offsetOf('t', 1)] }), tooLong);
      const body = { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'] };
      expectError(await postBeat(client, id, body), tooLong);
    });

    it.each(strange)('may be %j', async end => {
      const id = `${newGroup()}${end}`;
      const topic = await topicOf(client, { count: 1 });
      const chosen = await assigned(client, topic, [0], { name: end }, id);
      expect(recordsOf(await poll(client, chosen))).toHaveLength(1);
      expect((await client.send('POST', `${chosen.path}/offsets`)).status).toBe(200);
      expect(await groupOffsets(client, id)).toEqual({ 0: 1 });
      const group = (await client.get(pathOfGroup(id))).json as { metadata: { self: string } };
      expect((await client.follow(group.metadata.self)).json).toMatchObject({ consumer_group_id: id });
      const member = new Member(client, id, {
        subscribed_topic_names: [topic],
        client_id: end,
        instance_id: `${end}!`,
      });
      await member.beat();
      const { data } = (await client.get(pathOfGroup(id, '/consumers'))).json as {
        data: { consumer_id: string; metadata: { self: string } }[];
      };
      expect(data).toHaveLength(1);
      expect((await client.follow(data[0]?.metadata.self ?? '')).json).toEqual(data[0]);
      await member.leave();
      await done(client.send('DELETE', chosen.path));
      await done(client.send('DELETE', pathOfGroup(id)));
    });

    it.each(controls)('may not have control characters: %j', async end => {
      const id = `${newGroup()}${end}`;
      const refused = { status: [400, 404, 422] };
      expectError(await postInstance(client, id, {}), refused);
      expectError(await client.get(pathOfGroup(id)), refused);
      expectError(await client.get(pathOfGroup(id, '/lags')), refused);
      expectError(await client.send('DELETE', pathOfGroup(id)), refused);
      expectError(await postOffsets(client, id, 'alter', { offsets: [offsetOf('t', 1)] }), refused);
      const body = { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'] };
      expectError(await postBeat(client, id, body), refused);
      expectError(await postPoll(client, id, body), refused);
    });
  });

  describe('the name of an instance', () => {
    it('may have 255 characters, and not one more', async () => {
      const group = newGroup();
      for (const length of [ID_LENGTH - 1, ID_LENGTH]) {
        createdBy(await postInstance(client, group, { name: 'n'.repeat(length) }), group);
      }
      expectError(await postInstance(client, group, { name: 'n'.repeat(ID_LENGTH + 1) }), badSetting);
      const path = `/consumers/${group}/instances/${'n'.repeat(ID_LENGTH + 1)}/records`;
      expectError(await client.get(path), { status: [400, 404] });
    });
  });

  describe('the ids of a member', () => {
    it.each(['member_id', 'instance_id', 'client_id'])('may have 255 characters, and not one more: %s', async name => {
      const group = newGroup();
      const body = { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'] };
      for (const length of [ID_LENGTH - 1, ID_LENGTH]) {
        beatOf(await postBeat(client, group, { ...body, [name]: 'n'.repeat(length) }));
      }
      expectError(await postBeat(client, group, { ...body, [name]: 'n'.repeat(ID_LENGTH + 1) }), misfit);
    });

    it('come back as they were given, or are refused', async () => {
      for (const client_id of ['\ud800', 'a\u0000b']) {
        const group = newGroup();
        const body = { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'], client_id };
        const answer = await postBeat(client, group, body);
        if (answer.status !== 200) expectError(answer, misfit);
        else expect((await client.get(pathOfGroup(group, '/consumers/m'))).json).toMatchObject({ client_id });
      }
    });

    it.each(['member_id', 'instance_id'])('have no half of a character: %s', async name => {
      const body = { member_id: 'm', member_epoch: 0, subscribed_topic_names: ['t'], [name]: 'a\ud800b' };
      expectError(await postBeat(client, newGroup(), body), misfit);
    });
  });

  describe('lists of partitions', () => {
    it('may have 1,000 offsets of a group, and not one more', async () => {
      const topic = await topicOf(client, { count: 1 });
      const offsets = (count: number) =>
        Array.from({ length: count }, (_, at) => offsetOf(topic, 1, { partition_id: count - 1 - at }));
      for (const verb of ['commit', 'alter']) {
        const id = newGroup();
        for (const count of [OFFSETS - 1, OFFSETS]) {
          const results = resultsOf(await postOffsets(client, id, verb, { offsets: offsets(count) }));
          expect(results.map(({ error_code }) => error_code)).toEqual(
            Array.from({ length: count }, (_, at) => (at === count - 1 ? 0 : 3)),
          );
        }
        expectError(await postOffsets(client, id, verb, { offsets: offsets(OFFSETS + 1) }), misfit);
      }
    });

    it('may have more of a member than one fetch takes', sharing, async () => {
      const topics = [await client.createTopic({ partitions: PARTITIONS }), await topicOf(client, { count: 1 })];
      const member = new Member(client, newGroup(), { subscribed_topic_names: topics });
      const values: unknown[] = [];
      let held = 0;
      // it is given some with each request
      for (let polls = 0; polls < 12 && (values.length === 0 || held <= PARTITIONS); polls++) {
        const { assignment } = await member.poll();
        held = assignment.topic_partitions.length;
        values.push(...assignment.topic_partitions.flatMap(({ records }) => records));
      }
      expect([held, values.length]).toEqual([PARTITIONS + 1, 1]);
    });

    it('may not be deep, or larger than a body', async () => {
      const deep = `${'['.repeat(101)}${']'.repeat(101)}`;
      // sent small: who is refused before it has sent all may find its connection gone
      const huge = gzipSync(`{"topics": ["${'x'.repeat(4 * 1_024 * 1_024)}"]}`);
      const headers = { 'content-encoding': 'gzip' };
      const { path } = await createInstance(client);
      const group = newGroup();
      const paths = [`${path}/subscription`, `${path}/offsets`, `/consumers/${group}`];
      const verbs = ['/members:heartbeat', '/members:poll', '/offsets:alter'];
      for (const at of [...paths, ...verbs.map(verb => pathOfGroup(group, verb))]) {
        const type = 'application/json';
        expectError(await client.send('POST', at, { body: deep, type }), malformed);
        expectError(await client.send('POST', at, { body: huge, type, headers }), { status: 413, code: 413 });
      }
    });
  });

  describe('metadata of a committed offset', () => {
    it('comes back as it was given, or is refused', async () => {
      const topic = await topicOf(client, { count: 1 });
      for (const metadata of ['\ud800', 'a\u0000b', '{"a":[1]}', '"']) {
        const id = newGroup();
        const answer = await postOffsets(client, id, 'commit', { offsets: [offsetOf(topic, 1, { metadata })] });
        if (answer.status !== 200) expectError(answer, misfit);
        else if (resultsOf(answer)[0]?.error_code === 0)
          expect((await client.get(pathOfGroup(id, '/offsets'))).json).toMatchObject({ data: [{ metadata }] });
      }
    });
  });
}
