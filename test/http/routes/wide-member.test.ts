import { expect, it } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { jsonOf, send, sendJson, testApp } from '../support.ts';

interface Given {
  readonly topic_name: string;
  readonly partition_id: number;
  readonly assignment_epoch: number;
  readonly position: number;
  readonly records: readonly unknown[];
}

const TOPICS = 5;
const RECORDS = 100;

/** What a poll says of a partition left no room for records of 4,096 of them and more: it gave one record at a time. */
it('gives a member of thousands of partitions as many records as any other', async () => {
  const { app, topic, v3 } = await testApp();
  const topics = Array.from({ length: TOPICS }, (_, index) => `topic-${index}`);
  for (const name of topics) await topic(name, 840);
  const poll = async (body: object): Promise<{ member_epoch: number; given: readonly Given[]; bytes: number }> => {
    const sent = send({ member_id: 'm', max_wait_ms: 0, ...body });
    const answer = await jsonOf(app.request(`${v3}/consumer-groups/counts/members:poll`, sent));
    const { member_epoch, assignment } = answer;
    return { member_epoch, given: assignment.topic_partitions, bytes: JSON.stringify(answer).length };
  };
  const next = ({ member_epoch, given }: Awaited<ReturnType<typeof poll>>) => ({
    member_epoch,
    topic_partitions: given.map(({ topic_name, partition_id, assignment_epoch, position }) => ({
      topic_name,
      partition_id,
      assignment_epoch,
      position,
    })),
  });
  let last = await poll({ member_epoch: 0, subscribed_topic_names: topics, auto_offset_reset: 'earliest' });
  while (last.given.length < TOPICS * 840) last = await poll(next(last));

  const records = Array.from({ length: RECORDS }, (_, value) => ({ value, partition: 7 }));
  await app.request('/topics/topic-0', sendJson({ records }));
  let count = 0;
  // a poll reads 1,000 of the partitions, each in its turn
  for (let polls = 0; count === 0 && polls < 200; polls++) {
    last = await poll(next(last));
    count = last.given.reduce((sum, each) => sum + each.records.length, 0);
  }
  expect(count).toBe(RECORDS);
  expect(last.bytes).toBeLessThan(limits.answerBytes);
}, 60_000);
