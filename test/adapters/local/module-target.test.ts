import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModuleTarget } from '../../../lib/adapters/local/module-target.ts';
import type { TargetAnswer } from '../../../lib/ports/trigger-target.ts';

let folder: string;
let target: ModuleTarget;
let writes = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-handlers-'));
  target = new ModuleTarget();
});

afterEach(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes a file, which is then of another time than before, however fast that is. */
async function write(name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, text);
  await utimes(path, new Date(), new Date(1_700_000_000_000 + 1_000 * writes++));
}

interface Asked {
  readonly file?: string;
  readonly payload?: unknown;
  readonly timeoutMs?: number;
}

const invoke = ({ file = 'handler.ts', payload = {}, timeoutMs = 10_000 }: Asked = {}): Promise<TargetAnswer> => {
  const [path = '', hash] = file.split('#');
  const url = `${pathToFileURL(join(folder, path)).href}${hash === undefined ? '' : `#${hash}`}`;
  return target.invoke({ function: url, payload: JSON.stringify(payload), timeoutMs });
};

const done = (response: unknown): TargetAnswer => ({ outcome: 'done', response: JSON.stringify(response) });

describe('a handler', () => {
  it.each([
    ['asynchronous', 'export const handler = async (event: { a: number }) => event.a + 1;', 3],
    ['synchronous', 'export function handler(event: { a: number }) { return { b: event.a }; }', { b: 2 }],
    ['a default export', 'export default async () => "d";', 'd'],
    ['one that returns nothing', 'export const handler = async () => {};', null],
    [
      'one with a callback',
      'export const handler = (event, context, callback) => setTimeout(callback, 5, null, "c");',
      'c',
    ],
    [
      'one that is given a callback, and returns a promise',
      'export const handler = async (e, c, callback) => "p";',
      'p',
    ],
  ])('may be %s', async (_name, text, response) => {
    await write('handler.ts', text.replaceAll('event,', 'event: unknown,'));
    expect(await invoke({ payload: { a: 2 } })).toEqual(done(response));
  });

  it('may be CommonJS', async () => {
    await write('handler.cjs', 'exports.handler = async event => event.a;');
    expect(await invoke({ file: 'handler.cjs', payload: { a: 5 } })).toEqual(done(5));
  });

  it('may be any export, by its name', async () => {
    await write('handler.ts', 'export const one = () => 1; export const two = () => 2; export const é = () => 3;');
    expect(await invoke({ file: 'handler.ts#two' })).toEqual(done(2));
    expect(await invoke({ file: 'handler.ts#one' })).toEqual(done(1));
    expect(await invoke({ file: 'handler.ts#é' })).toEqual(done(3));
  });

  it('may be in a file whose name says something else in a URL', async () => {
    await write('a b%20?.ts', 'export const handler = () => 1;');
    expect(await invoke({ file: 'a b%20?.ts' })).toEqual(done(1));
  });

  it('knows its time', async () => {
    await write(
      'handler.ts',
      'export const handler = (e: unknown, c: any) => [c.getRemainingTimeInMillis() > 4000, typeof c.awsRequestId];',
    );
    expect(await invoke({ timeoutMs: 5_000 })).toEqual(done([true, 'string']));
  });

  it('keeps what it remembers from call to call, as an environment does', async () => {
    await write('handler.ts', 'let calls = 0; export const handler = () => ++calls;');
    expect([await invoke(), await invoke()]).toEqual([done(1), done(2)]);
  });

  it('is called for several partitions at once', async () => {
    const text = `let open = 0; let most = 0;
      export const handler = async () => { most = Math.max(most, ++open); await new Promise(r => setTimeout(r, 50)); open--; return most; };`;
    await write('handler.ts', text);
    const answers = await Promise.all([invoke(), invoke(), invoke()]);
    expect(answers.at(-1)).toEqual(done(3));
  });
});

describe('a handler that changes', () => {
  it('is loaded again', async () => {
    await write('handler.ts', 'export const handler = () => 1;');
    expect(await invoke()).toEqual(done(1));
    await write('handler.ts', 'export const handler = () => 2;');
    expect(await invoke()).toEqual(done(2));
  });

  it('in a file that it imports is loaded again', async () => {
    await write('inner.ts', 'export const value = 1;');
    await write('handler.ts', "import { value } from './inner.ts'; export const handler = () => value;");
    expect(await invoke()).toEqual(done(1));
    await write('inner.ts', 'export const value = 2;');
    expect(await invoke()).toEqual(done(2));
  });

  it('in a file that it imports later is loaded again', async () => {
    await write('inner.ts', 'export const value = 1;');
    await write('handler.ts', "export const handler = async () => (await import('./inner.ts')).value;");
    expect(await invoke()).toEqual(done(1));
    await write('inner.ts', 'export const value = 2;');
    expect(await invoke()).toEqual(done(2));
  });

  it('while it runs ends what it began as it was', async () => {
    await write(
      'handler.ts',
      'export const handler = (e: { ms: number }) => new Promise(resolve => setTimeout(resolve, e.ms, 1));',
    );
    await invoke({ payload: { ms: 0 } });
    const running = invoke({ payload: { ms: 1_500 } });
    await write('handler.ts', 'export const handler = () => 2;');
    expect(await invoke()).toEqual(done(2));
    expect(await running).toEqual(done(1));
  });

  it('from one that cannot be loaded is loaded again', async () => {
    await write('handler.ts', 'export const handler = () => {');
    expect((await invoke()).outcome).toBe('refused');
    await write('handler.ts', 'export const handler = () => 2;');
    expect(await invoke()).toEqual(done(2));
  });

  it('by a file that it lacked is loaded again, though it did not change itself', async () => {
    await write('handler.ts', "import { value } from './inner.ts'; export const handler = () => value;");
    const refused = await invoke();
    expect(refused).toMatchObject({ outcome: 'refused', error: expect.stringContaining('inner.ts') });
    await write('inner.ts', 'export const value = 2;');
    expect(await invoke()).toEqual(done(2));
  });
});

describe('a handler that fails', () => {
  it.each([
    ['throws', 'export const handler = () => { throw new TypeError("no"); };'],
    ['rejects', 'export const handler = async () => { await null; throw new TypeError("no"); };'],
    [
      'calls back with an error',
      'export const handler = (e: unknown, c: unknown, callback: any) => callback(new TypeError("no"));',
    ],
  ])('and %s is told its own part of the stack', async (_name, text) => {
    await write('handler.ts', text);
    const answer = await invoke();
    expect(answer.outcome).toBe('failed');
    const lines = 'error' in answer ? answer.error.split('\n') : [];
    expect(lines[0]).toBe('TypeError: no');
    expect(lines.slice(1).every(line => line.includes('handler.ts'))).toBe(true);
    expect(lines.length).toBeGreaterThan(1);
  });

  it.each([
    ['a text', '"no"', 'no'],
    ['nothing', 'undefined', 'undefined'],
    ['null', 'null', 'null'],
  ])('may throw %s', async (_name, thrown, error) => {
    await write('handler.ts', `export const handler = () => { throw ${thrown}; };`);
    expect(await invoke()).toEqual({ outcome: 'failed', error });
  });

  it('returns what JSON cannot write', async () => {
    await write('handler.ts', 'export const handler = () => 1n;');
    expect(await invoke()).toMatchObject({ outcome: 'failed', error: expect.stringContaining('BigInt') });
  });

  it('ends its thread, and that alone', async () => {
    await write('handler.ts', 'export const handler = (event: { exit: boolean }) => event.exit ? process.exit(3) : 1;');
    expect(await invoke({ payload: { exit: true } })).toEqual({
      outcome: 'failed',
      error: 'the handler ended its thread, with exit code 3',
    });
    expect(await invoke({ payload: {} })).toEqual(done(1));
  });

  it('throws where nobody catches it, and is told', async () => {
    await write(
      'handler.ts',
      'export const handler = () => new Promise(() => setTimeout(() => { throw new Error("late"); }, 10));',
    );
    expect(await invoke()).toMatchObject({
      outcome: 'failed',
      error: expect.stringMatching(/^Error: late\n.*handler\.ts/),
    });
  });

  it.each([
    ['never returns', 'new Promise(() => {})'],
    ['loops for ever', '(() => { for (;;); })()'],
  ])('and %s is ended after its time, and the next call has a thread of its own', async (_name, work) => {
    await write('handler.ts', `export const handler = (event: { stuck: boolean }) => event.stuck ? ${work} : 1;`);
    await invoke();
    expect(await invoke({ payload: { stuck: true }, timeoutMs: 1_000 })).toEqual({
      outcome: 'failed',
      error: 'Task timed out after 1.00 seconds',
    });
    expect(await invoke()).toEqual(done(1));
  });
});

describe('a handler that cannot be run', () => {
  it('for there is no file is refused, and run once there is', async () => {
    expect(await invoke()).toEqual({ outcome: 'refused', error: `there is no file ${join(folder, 'handler.ts')}` });
    await write('handler.ts', 'export const handler = () => 1;');
    expect(await invoke()).toEqual(done(1));
  });

  it.each([
    ['throws as it is loaded', 'throw new RangeError("at import");', /^RangeError: at import\n.*handler\.ts/],
    ['rejects as it is loaded', 'await Promise.reject(new RangeError("at import"));', /RangeError: at import/],
    ['ends its thread as it is loaded', 'process.exit(0);', /ended its thread, with exit code 0/],
    ['has no handler', 'export const other = 1;', /exports no function 'handler' or 'default'/],
    ['has a handler that is no function', 'export const handler = 1;', /exports no function/],
    [
      'imports what is not there',
      "import './missing.ts'; export const handler = 1;",
      /missing\.ts' imported from .*handler\.ts$/,
    ],
    ['is no JavaScript', 'export const = ;', /SyntaxError/],
  ])('for it %s is refused, and says why without a word of its caller', async (_name, text, error) => {
    await write('handler.ts', text);
    const answer = await invoke();
    expect(answer).toMatchObject({ outcome: 'refused', error: expect.stringMatching(error) });
    expect('error' in answer && answer.error).not.toMatch(/node:internal|handler-worker|handler-thread/);
  });

  it('for it lacks the export is refused by its name', async () => {
    await write('handler.ts', 'export const one = () => 1;');
    expect(await invoke({ file: 'handler.ts#two' })).toMatchObject({
      outcome: 'refused',
      error: expect.stringContaining("exports no function 'two'"),
    });
  });

  it.each(['file:///a%2Fb.ts', 'file:///a.ts#%', 'file://elsewhere/a.ts', 'file:', 'no url'])(
    'for %s is no name of a file is refused: a call never rejects',
    async name => {
      const answer = await target.invoke({ function: name, payload: '{}', timeoutMs: 1_000 });
      expect(answer.outcome).toBe('refused');
    },
  );

  it('for all is closed is refused, also what was under way', async () => {
    await write('handler.ts', 'export const handler = () => new Promise(() => {});');
    const running = invoke();
    await new Promise(resolve => setTimeout(resolve, 200));
    await target.close();
    const closed = { outcome: 'refused', error: 'the server was stopped' };
    expect([await running, await invoke()]).toEqual([closed, closed]);
  });
});
