import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bar, frame } from '../../examples/website-activity/frame.ts';
import { Live } from '../../examples/website-activity/live.ts';

const lines = (live: Live, size = { columns: 80, rows: 30 }) => frame(live, size).map(stripVTControlCharacters);

describe('the frame', () => {
  it('has as many lines at the start as at the end, all within the terminal', () => {
    const live = new Live(`https://${'abc123.'.repeat(12)}example.com`, 9_957);
    const first = lines(live);
    live.addProduced(9_957);
    live.read.click[2] = 9_952;
    live.assign(1, [0, 1]);
    live.assign(4, [2]);
    live.killReader(4);
    live.again = 9_952;
    for (let page = 0; page < 40; page++) live.views.set(`/${'long/'.repeat(page)}`, 10_000 - page);
    live.isCounting = true;
    live.isBroken = true;
    live.counts.add(0, [
      { key: '/', value: { views: 9_952, offset: 9_951 }, offset: 0 },
      { key: 'batches', value: { batches: 9_952, again: 9_952 }, offset: 1 },
    ]);
    live.seen.set('::ffff:255.255.255.255', { page: `/${'long/'.repeat(30)}`, time: '' });
    live.phase = 'done';
    const last = lines(live);
    expect(last).toHaveLength(first.length);
    expect(Math.max(...[...first, ...last].map(line => line.length))).toBeLessThan(80);
  });

  it('shows the pages with most views first, and no image', () => {
    const live = new Live('http://127.0.0.1:8082', 10);
    for (const [page, views] of Object.entries({ '/few': 1, '/logo.png': 9, '/many': 5 })) live.views.set(page, views);
    const shown = lines(live).join('\n');
    expect(shown.indexOf('/many')).toBeGreaterThan(0);
    expect(shown.indexOf('/few')).toBeGreaterThan(shown.indexOf('/many'));
    expect(shown).not.toContain('logo');
  });

  it('shows who of the group has which partition, and who is killed', () => {
    const live = new Live('http://127.0.0.1:8082', 10);
    const shown = () => lines(live).find(line => line.startsWith('    by')) ?? '';
    live.assign(1, [0, 1, 2]);
    live.assign(2, [1]);
    live.assign(1, [0]);
    expect(shown()).toMatch(/^ +by +reader 1 +reader 2 +nobody +0 again$/);
    live.killReader(2);
    live.again = 300;
    expect(shown()).toMatch(/^ +by +reader 1 +2, killed +nobody +300 again$/);
    live.assign(3, [1, 2]);
    expect(shown()).toMatch(/^ +by +reader 1 +reader 3 +reader 3 +300 again$/);
  });

  it('shows what the function counts, and when it dies', () => {
    const live = new Live('http://127.0.0.1:8082', 10);
    const shown = () => lines(live).find(line => line.startsWith('  page-counts')) ?? '';
    expect(shown()).toBe('  page-counts nobody counts');
    live.isCounting = true;
    live.counts.add(0, [{ key: '/', value: { views: 2, offset: 4 }, offset: 0 }]);
    live.counts.add(1, [
      { key: '/', value: { views: 1, offset: 0 }, offset: 0 },
      { key: 'batches', value: { batches: 7, again: 2 }, offset: 1 },
    ]);
    expect(shown()).toBe('  page-counts 3 views in 7 batches, 2 of them again');
    live.isBroken = true;
    expect(shown()).toBe('  page-counts 3 views in 7 batches, 2 of them again; the function dies');
  });

  it('passes no command of a stranger to the terminal', () => {
    const live = new Live('http://127.0.0.1:8082', 10);
    live.views.set('/\x1b]0;owned\x07', 1);
    live.seen.set('1.2.3.4\x07', { page: '/\x1b]0;owned\x07', time: '' });
    const shown = lines(live).join('');
    expect(shown).toContain('/?]0;owned?');
    expect(shown).not.toContain('\x07');
  });
});

describe('a bar', () => {
  it.each([
    [0, ''],
    [0.5, '██'],
    [0.53125, '██▏'],
    [1, '████'],
    [2, '████'],
  ])('of %d is %s', (fraction, drawn) => expect(bar(fraction, 4)).toBe(drawn));
});
