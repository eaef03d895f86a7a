import { describe, expect, it } from 'vitest';
import { DAY, failedWith, given, inSequence, kinds, ok, pass, read, sent, unknown } from './example-operations.ts';
import type { InitProducerOperation } from './history.ts';

const notFound = failedWith('UNKNOWN_PRODUCER_ID');
const fenced = failedWith('INVALID_PRODUCER_EPOCH');

describe('a stored batch that is sent again', () => {
  const stored = () => [sent(['a'], unknown, inSequence(0)), read(0, ['a'])];

  it('is found for a day', () => {
    expect(kinds(...stored(), sent(['a'], notFound, inSequence(0)))).toEqual(['refused-retry']);
  });

  it('may not be found after a day', () => {
    const before = stored();
    pass(DAY);
    expect(kinds(...before, sent(['a'], notFound, inSequence(0)))).toEqual([]);
  });

  it('may not be found where nobody knows that it is there', () => {
    expect(kinds(sent(['a'], unknown, inSequence(0)), sent(['a'], notFound, inSequence(0)))).toEqual([]);
  });
});

describe('a producer is fenced', () => {
  const asks = (producerId?: number): InitProducerOperation => ({
    ...given(1, 0),
    answer: unknown,
    ...(producerId !== undefined && { producerId }),
  });
  const told = (between: () => InitProducerOperation[]) =>
    kinds(given(1, 0), sent(['a'], ok(0), inSequence(0)), ...between(), sent(['a'], fenced, inSequence(0)));

  it('by an epoch that was asked for', () => {
    expect(told(() => [])).toEqual(['fenced-by-nobody']);
    expect(told(() => [given(2, 1)])).toEqual(['fenced-by-nobody']);
    expect(told(() => [given(1, 1)])).toEqual([]);
  });

  it('by one that may have been given out', () => {
    expect(told(() => [asks()])).toEqual([]);
    expect(told(() => [asks(1)])).toEqual([]);
    expect(told(() => [asks(2)])).toEqual(['fenced-by-nobody']);
  });

  it('not by one that is asked for later', () => {
    const before = [given(1, 0), sent(['a'], ok(0), inSequence(0)), sent(['a'], fenced, inSequence(0))];
    expect(kinds(...before, given(1, 1))).toEqual(['fenced-by-nobody']);
  });
});

it('epochs of an id ascend', () => {
  expect(kinds(given(1, 5), given(1, 3))).toEqual(['epoch-went-back']);
  expect(kinds(given(1, 5), given(2, 3), given(1, 6))).toEqual([]);
  const both = given(1, 5);
  expect(kinds(both, { ...given(1, 4), start: both.start })).toEqual([]);
});
