/** What a member's lines say of it. */
import { expect, it } from 'vitest';
import { exchangesOf, operationsOf } from './member-history.ts';
import type { MemberLine } from './member-lines.ts';

const poll = '/v3/clusters/c/consumer-groups/counts/members:poll';
const right = { topic_name: 'click', partition_id: 2, assignment_epoch: 7 };

const asked = (body: object, path = poll): MemberLine => ({
  kind: 'asked',
  id: 0,
  at: 1,
  path,
  body: { member_id: 'm', ...body },
});
const answered = (body: object, status = 200): MemberLine => ({
  kind: 'answered',
  id: 0,
  at: 2,
  status,
  text: JSON.stringify(body),
});
const granted = (...partitions: readonly object[]) =>
  answered({ assignment: { topic_partitions: partitions.map(each => ({ ...right, is_new: false, ...each })) } });

const operations = (...lines: readonly MemberLine[]) =>
  exchangesOf(lines, { name: 'a', group: 'counts', endedAt: 9 }).flatMap(operationsOf);

const given = { client: 'a', group: 'counts', start: 1, log: 'click#1/2' };
const ofMember = { right: { member: 'm', incarnation: 'm', since: 7 } };
const unknown = { outcome: 'unknown', error: 'not told' };

const held = { member_epoch: 1, commit: true, topic_partitions: [{ ...right, position: 5 }] };

it('commits what the member still holds in the answer, and reads on from there', () => {
  const records = [{ offset: 5, value: 'v' }];
  expect(operations(asked(held), granted({ position: 6, high_watermark: 8, records }))).toEqual([
    { operation: 'commit', ...given, end: 2, offset: 5, ...ofMember, answer: { outcome: 'ok', result: {} } },
    {
      operation: 'fetch',
      ...given,
      end: 2,
      offset: 5,
      answer: { outcome: 'ok', result: { records, nextOffset: 6, highWatermark: 8, logStartOffset: 0 } },
    },
  ]);
});

it('may have committed what is not in the answer, or where there is none', () => {
  const commit = { operation: 'commit', ...given, offset: 5, ...ofMember, answer: unknown };
  expect(operations(asked(held), granted())).toEqual([{ ...commit, end: 2 }]);
  expect(operations(asked(held), answered({ message: 'UNKNOWN_MEMBER_ID: no' }, 404))).toEqual([{ ...commit, end: 2 }]);
  expect(operations(asked(held), { kind: 'unanswered', id: 0, at: 3, error: 'e' })).toEqual([{ ...commit, end: 3 }]);
  // it was killed meanwhile
  expect(operations(asked(held))).toEqual([{ ...commit, end: 9 }]);
});

it('joins with its first poll, and begins a new partition at its first record', () => {
  const records = [{ offset: 3, value: 'v' }];
  const joining = asked({ member_epoch: 0, topic_partitions: [] });
  const [join, fetch] = operations(joining, granted({ is_new: true, position: 4, high_watermark: 4, records }));
  expect(join).toMatchObject({ operation: 'join', group: 'counts', answer: { outcome: 'ok' } });
  expect(fetch).toMatchObject({ operation: 'fetch', offset: 3, answer: { result: { nextOffset: 4 } } });
});

it('is told of each partition of a commit what became of it', () => {
  const path = '/v3/clusters/c/consumer-groups/counts/offsets:commit';
  const offsets = [
    { ...right, offset: 5 },
    { ...right, partition_id: 3, offset: 6 },
  ];
  const said = [right, { ...right, partition_id: 3, message: 'STALE_MEMBER_EPOCH: not yours' }];
  expect(
    operations(asked({ offsets }, path), answered({ offsets: said })).map(each => 'answer' in each && each.answer),
  ).toEqual([
    { outcome: 'ok', result: {} },
    { outcome: 'failed', code: 'STALE_MEMBER_EPOCH', error: 'STALE_MEMBER_EPOCH: not yours' },
  ]);
});
