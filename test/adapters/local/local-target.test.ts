import { describe, expect, it } from 'vitest';
import {
  LocalTarget,
  refusalOfLocalFunction,
  refusalOfRemoteFunction,
} from '../../../lib/adapters/local/local-target.ts';
import { SystemClock } from '../../../lib/adapters/system/system-clock.ts';

const urls = ['http://127.0.0.1:3000/', 'https://example.org/f?x=1'];
const files = ['file:///handler.ts', 'file:///a%20b/handler.ts#count'];
const others = ['', 'handler.ts', './handler.ts', 'ftp://example.org/', 'data:text/javascript,1', 'arn:aws:lambda:x'];
const noFiles = ['file://elsewhere/handler.ts', 'file:///a%2Fb.ts', 'file:///a.ts#%', 'file:///%zz'];

describe('a function of this machine', () => {
  it.each([...urls, ...files])('may be %s', name => {
    expect(refusalOfLocalFunction(name)).toBeUndefined();
  });

  it.each([...others, ...noFiles])('is not %j', name => {
    expect(refusalOfLocalFunction(name)).toContain('expected a file: URL');
  });

  it('that is none is refused, and not run', async () => {
    const target = new LocalTarget(new SystemClock());
    for (const name of [...others, ...noFiles]) {
      const { outcome } = await target.invoke({ function: name, payload: '{}', timeoutMs: 1_000 });
      expect([name, outcome]).toEqual([name, 'refused']);
    }
    await target.close();
  });
});

describe('a function that is named from another machine', () => {
  it.each(urls)('may be %s', name => {
    expect(refusalOfRemoteFunction(name)).toBeUndefined();
  });

  it.each(files)('is not %s: whoever has no account there has none of its files run', name => {
    expect(refusalOfRemoteFunction(name)).toContain('with its command alone');
  });
});
