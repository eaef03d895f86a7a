/**
 * LMDB's ITS#9496: a process that opens the environment while another commits can make it forget that commit. The gate keeps
 * the two apart; here between two gates on one file, as two processes have them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpeningGate } from '../../../lib/adapters/embedded/opening-gate.ts';
import { ask, kill, start } from './support/processes.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-'));
});
afterAll(() => rm(root, { recursive: true }));

function twoGates(name: string): [OpeningGate, OpeningGate] {
  return [new OpeningGate(join(root, name)), new OpeningGate(join(root, name))];
}

describe('the opening gate', () => {
  it('lets writers of all processes through at once', async () => {
    const [one, other] = twoGates('writers');
    const events: string[] = [];
    await Promise.all(
      [one, one, other].map(gate =>
        gate.whileOpen(async () => {
          events.push('in');
          await setTimeout(20);
          events.push('out');
        }),
      ),
    );
    expect(events).toEqual(['in', 'in', 'in', 'out', 'out', 'out']);
  });

  it('makes an opener wait until the writes under way have ended', async () => {
    const [writer, opener] = twoGates('opener-waits');
    const events: string[] = [];
    const writing = writer.whileOpen(async () => {
      await setTimeout(50);
      events.push('written');
    });
    await opener.whileIdle(() => events.push('opened'));
    await writing;
    expect(events).toEqual(['written', 'opened']);
  });

  it('lets an opener in beside a process that never stops writing', async () => {
    const writer = await start('./gate-writer.ts');
    const path = join(root, 'busy');
    await ask(writer, { path });
    const opener = new OpeningGate(path);
    const waits: number[] = [];
    for (let n = 0; n < 5; n++) {
      const begun = performance.now();
      await opener.whileIdle(() => waits.push(performance.now() - begun));
    }
    expect(Math.max(...waits)).toBeLessThan(1_000);
    await kill(writer);
  });

  it('is free again when a process dies with writes under way', async () => {
    const writer = await start('./gate-writer.ts');
    const path = join(root, 'killed');
    await ask(writer, { path });
    await kill(writer);
    const begun = performance.now();
    await new OpeningGate(path).whileIdle(() => undefined);
    expect(performance.now() - begun).toBeLessThan(500);
  });

  it('passes on what the write returns or throws, and stays usable', async () => {
    const [gate, opener] = twoGates('throws');
    expect(await gate.whileOpen(async () => 'value')).toBe('value');
    await expect(gate.whileOpen(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    const failing = opener.whileIdle(() => {
      throw new Error('not opened');
    });
    await expect(failing).rejects.toThrow('not opened');
    expect(await gate.whileOpen(async () => 'value')).toBe('value');
  });
});
