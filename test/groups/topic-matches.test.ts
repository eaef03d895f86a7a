import { expect, it } from 'vitest';
import { checkPattern, eachMeant, partitionsOf } from '../../lib/groups/topic-matches.ts';
import type { MillraceError } from '../../lib/protocol/errors.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { groupWorld } from './world.ts';

const refused = (code: string) => expect.objectContaining({ code }) as MillraceError;

it('takes patterns up to a number of steps, however short they are written', () => {
  expect(checkPattern('(a){366}')).toBe('(a){366}');
  expect(() => checkPattern('(a){367}')).toThrow(refused('INVALID_PATTERN'));
  expect(() => checkPattern('([a-z\\pL]?){990}')).toThrow(/3962 steps .* the limit is 1100/);
});

it('refuses what is no RE2 pattern', () => {
  for (const pattern of ['(', '(?=a)', '\\1', 'a{1001}', '(((a{10}){10}){10}){10}'])
    expect(() => checkPattern(pattern)).toThrow(refused('INVALID_PATTERN'));
});

it('means topics by their whole names, and by either names or a pattern', () => {
  const topics = ['click', 'clicks', 'upload', 'x'].map(name => ({ name, topicId: `${name}-id`, partitions: 1 }));
  const meant = eachMeant(topics);
  expect([...meant({ topics: [], pattern: 'click' })]).toEqual(['click-id']);
  expect([...meant({ topics: ['x'], pattern: 'click.*' })]).toEqual(['click-id', 'clicks-id', 'x-id']);
  expect([...meant({ topics: ['x'] })]).toEqual(['x-id']);
  expect([...meant({ topics: [] })]).toEqual([]);
});

it('names the partitions of topics up to as many as a group may have', async () => {
  const names = Array.from({ length: 11 }, (_, index) => `topic-${index}`);
  const { services } = await groupWorld(Object.fromEntries(names.map(name => [name, 1_000])));
  const all = names.map(topic => ({ topic, partitions: undefined }));
  const [, ...some] = all;
  expect(await partitionsOf(services, some)).toHaveLength(limits.partitionsPerGroup);
  await expect(partitionsOf(services, all)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  const one = { topic: 'topic-0', partitions: [7, 7] };
  await expect(partitionsOf(services, [...some, one])).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  expect(await partitionsOf(services, [one])).toEqual([{ topic: 'topic-0', partition: 7 }]);
});
