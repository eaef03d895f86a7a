import { expect, it } from 'vitest';
import { checkPattern, eachMeant } from '../../lib/groups/topic-matches.ts';
import type { MillraceError } from '../../lib/protocol/errors.ts';

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
