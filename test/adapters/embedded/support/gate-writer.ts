/** A process that always has writes under way, until it is killed. */
import { setTimeout } from 'node:timers/promises';
import { OpeningGate } from '../../../../lib/adapters/embedded/opening-gate.ts';

process.on('message', async ({ path }: { readonly path: string }) => {
  const gate = new OpeningGate(path);
  const keepWriting = async (): Promise<never> => {
    for (;;) await gate.whileOpen(() => setTimeout(Math.random() * 5));
  };
  await gate.whileOpen(async () => process.send?.('under way'));
  await Promise.all(Array.from({ length: 8 }, keepWriting));
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
