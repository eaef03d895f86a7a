import { describe, expect, it } from 'vitest';
import { StopSignal } from '../../lib/embedded/stop-signal.ts';

const never = () => new Promise<string>(() => {});

describe('what is waited for', () => {
  it('ends as it does, as long as nothing is stopped', async () => {
    const signal = new StopSignal();
    expect(await signal.race(Promise.resolve('done'), 'stopped')).toBe('done');
    await expect(signal.race(Promise.reject(new Error('no')), 'stopped')).rejects.toThrow('no');
  });

  it('ends when all is stopped', async () => {
    const signal = new StopSignal();
    const waiting = [signal.race(never(), 'stopped'), signal.race(never(), 'stopped')];
    signal.stop();
    expect(await Promise.all(waiting)).toEqual(['stopped', 'stopped']);
    expect(await signal.race(never(), 'stopped')).toBe('stopped');
    expect(await signal.race(Promise.reject(new Error('no')), 'stopped')).toBe('stopped');
  });
});
