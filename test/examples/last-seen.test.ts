import { describe, expect, it } from 'vitest';
import type { LoggedRequest } from '../../examples/website-activity/access-log.ts';
import { LastSeen, type SeenRecord, type StoredSeen, tableOf } from '../../examples/website-activity/last-seen.ts';
import { checkReading } from '../../examples/website-activity/seen-check.ts';

const HOUR_MS = 60 * 60_000;
const START = Date.parse('2015-05-17T10:00:00.000Z');

const timeAt = (hours: number): string => new Date(START + hours * HOUR_MS).toISOString();

const request = (visitor: string, hours: number, path = '/?q=1'): LoggedRequest => ({
  visitor,
  path,
  time: timeAt(hours),
  method: 'GET',
  status: 200,
  bytes: null,
  referrer: null,
  agent: null,
});

const recordsOf = (...requests: readonly LoggedRequest[]): SeenRecord[] => {
  const lastSeen = new LastSeen();
  return requests.flatMap(each => [...lastSeen.after(each)]);
};

const shown = (records: readonly SeenRecord[]) =>
  records.map(({ key, value }) => `${key} ${value?.page ?? 'forgotten'}`);

describe('who was seen last', () => {
  it('is the page and time of each request, without the query', () => {
    expect(recordsOf(request('a', 0))).toEqual([{ key: 'a', value: { page: '/', time: timeAt(0) }, timestamp: START }]);
  });

  it('forgets a visitor who was unseen for a day, when the next comes, and once', () => {
    const records = recordsOf(request('a', 0), request('b', 1), request('c', 23.9), request('c', 24), request('c', 30));
    expect(shown(records)).toEqual(['a /', 'b /', 'c /', 'a forgotten', 'c /', 'b forgotten', 'c /']);
  });

  it('counts from the last time, and by the latest time of the log', () => {
    const records = recordsOf(request('a', 0), request('a', 12), request('b', 37), request('c', 23), request('c', 40));
    expect(shown(records)).toEqual(['a /', 'a /', 'a forgotten', 'b /', 'c /', 'c /']);
  });

  it('is a table of those who are about', () => {
    const records = recordsOf(request('a', 0), request('b', 1, '/x'), request('a', 2, '/y'), request('c', 25.5));
    expect([...tableOf(records)].map(([visitor, { page }]) => `${visitor} ${page}`)).toEqual(['a /y', 'c /']);
  });
});

describe('a reading of it', () => {
  const expected = recordsOf(request('a', 0), request('b', 1), request('b', 24.5));
  const stored: StoredSeen[] = expected.map((record, offset) => ({ ...record, offset }));

  it('agrees where each visitor is what the file says', () => {
    expect(checkReading('r', [stored], expected)).toEqual({
      reading: 'r',
      records: 4,
      sizeInBytes: undefined,
      visitors: 1,
      forgotten: 1,
      findings: [],
    });
  });

  it('tells who is missing, remembered, or elsewhere', () => {
    const [first, , , last] = stored as [StoredSeen, StoredSeen, StoredSeen, StoredSeen];
    expect(checkReading('r', [[first]], expected).findings).toEqual([
      '1 records, 4 expected',
      `visitor a: {"page":"/","time":"${timeAt(0)}"}, in the file forgotten`,
      `visitor b: forgotten, in the file {"page":"/","time":"${timeAt(24.5)}"}`,
    ]);
    expect(checkReading('r', [[last, first]], [last, first]).findings).toEqual([
      'partition 0: offset 0 does not ascend',
    ]);
  });
});
