import { describe, expect, it } from 'vitest';
import { refuseForeignPage } from '../../lib/embedded/foreign-page.ts';

const isRefused = (url: string, origin?: string, isLoopback = true) =>
  refuseForeignPage(new Request(url, origin === undefined ? {} : { headers: { origin } }), isLoopback)?.status === 403;

describe('a server on one machine', () => {
  it.each(['http://127.0.0.1:8082/', 'http://localhost:8082/', 'http://[::1]:8082/'])('answers at %s', url => {
    expect(isRefused(url)).toBe(false);
  });

  it('answers its own pages, and refuses those of others', () => {
    expect(isRefused('http://127.0.0.1:8082/topics/t', 'http://127.0.0.1:8082')).toBe(false);
    for (const origin of ['https://evil.example', 'http://127.0.0.1:9999', 'null', '']) {
      expect(isRefused('http://127.0.0.1:8082/topics/t', origin)).toBe(true);
    }
  });

  it('refuses a name that only points here, unless it listens beyond this machine', () => {
    expect(isRefused('http://evil.example:8082/topics')).toBe(true);
    expect(isRefused('http://127.0.0.1.evil.example:8082/topics')).toBe(true);
    expect(isRefused('http://millrace.internal:8082/topics', undefined, false)).toBe(false);
  });
});
