import { describe, expect, it } from 'vitest';
import { pageOf, parseLine, readAccessLog } from '../../examples/website-activity/access-log.ts';
import { kindOf } from '../../examples/website-activity/topics.ts';

const LOG = new URL('../../examples/website-activity/access.log.gz', import.meta.url);

const LINE =
  '208.115.111.72 - - [17/May/2015:11:05:51 +0200] "GET /blog/a?page=2 HTTP/1.1" 304 - "-" "Mozilla/5.0 (a; b)"';

describe('a line of the log', () => {
  it('is a request, at its time in UTC', () => {
    expect(parseLine(LINE)).toEqual({
      visitor: '208.115.111.72',
      time: '2015-05-17T09:05:51.000Z',
      method: 'GET',
      path: '/blog/a?page=2',
      status: 304,
      bytes: null,
      referrer: null,
      agent: 'Mozilla/5.0 (a; b)',
    });
  });

  it('belongs to the page without its query', () => {
    expect(pageOf(parseLine(LINE))).toBe('/blog/a');
  });

  it.each([
    ['has no time', LINE.replace(/\[.*\]/, '[]')],
    ['has a month that is none', LINE.replace('May', 'Mai')],
    ['has a day that is none', LINE.replace('17/', '45/')],
    ['has no status', LINE.replace(' 304', '')],
    ['is empty', ''],
  ])('is refused where it %s, by its number', (_, line) => {
    expect(() => parseLine(line, 7)).toThrow('line 7 is no request');
  });
});

describe('the log', () => {
  it('has 10,000 requests: page views, uploads, and some that are neither', async () => {
    const requests = await readAccessLog(LOG);
    const count = (what: (request: (typeof requests)[number]) => unknown) => requests.filter(what).length;
    expect(requests).toHaveLength(10_000);
    const methods = ['GET', 'POST', 'HEAD', 'OPTIONS'].map(method => count(request => request.method === method));
    expect(methods).toEqual([9_952, 5, 42, 1]);
    const kinds = ['click', 'upload', undefined].map(kind => count(request => kindOf(request) === kind));
    expect(kinds).toEqual([9_952, 5, 43]);
    expect(new Set(requests.map(({ visitor }) => visitor)).size).toBe(1_753);
    expect(requests[0]?.time).toBe('2015-05-17T10:05:03.000Z');
    expect(requests.at(-1)?.path).toBe('/blog/tags/puppet?flav=rss20');
  });
});
