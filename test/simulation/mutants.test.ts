/** The simulator proves itself: with a guard taken out some seed fails, and with it in none does. */
import { afterAll, describe, expect, it } from 'vitest';
import { catchMutant } from './catch-mutant.ts';
import { compactionMutants } from './compaction-mutants.ts';
import { edited, sourceOf } from './edits.ts';
import { groupMutants } from './group-mutants.ts';
import { mutants } from './mutants.ts';
import { seenSeeds } from './seen-seeds.ts';
import { triggerLifeMutants } from './trigger-life-mutants.ts';
import { triggerMutants } from './trigger-mutants.ts';

const SEEDS = 2_000;

const all = [...mutants, ...compactionMutants, ...groupMutants, ...triggerMutants, ...triggerLifeMutants];

const caught: string[] = [];

afterAll(() => {
  process.stdout.write(`\nseed  anomaly, without\n${caught.join('\n')}\n`);
});

describe('the simulator notices the lack of', () => {
  it.each(all)(
    '$without',
    async mutant => {
      const first = await catchMutant(mutant, { seeds: SEEDS, seenAt: seenSeeds[mutant.without] });
      expect(first, `no seed up to ${SEEDS} shows it`).toBeDefined();
      caught.push(`${String(first?.seed).padStart(4)}  ${first?.anomaly.kind}, without ${mutant.without}`);
    },
    600_000,
  );
});

describe('a seed that has shown it', () => {
  it('is that of a guard', () => {
    expect(all.map(({ without }) => without)).toEqual(expect.arrayContaining(Object.keys(seenSeeds)));
  });
});

describe('an edit', () => {
  it('that no longer fits its file is an error, so that no guard is thought to be out when it is in', () => {
    const [edit] = mutants[0]?.edits ?? [];
    if (!edit) throw new Error('no edit');
    expect(() => edited({ ...edit, find: 'no such text' }, sourceOf(edit))).toThrow('exactly once');
    expect(() => edited({ ...edit, find: 'stored' }, sourceOf(edit))).toThrow('exactly once');
    expect(edited(edit, sourceOf(edit))).toContain(edit.replace);
  });
});
