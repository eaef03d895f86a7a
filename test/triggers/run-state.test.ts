import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advanced,
  DEATHS_OF_A_RECORD,
  failed,
  isDeadly,
  isSolo,
  marked,
  newRun,
  type Progress,
  rangeEnd,
  split,
  taken,
  unmarked,
  withResult,
} from '../../lib/triggers/run-state.ts';

const begun = (offset = 0): Progress => taken({ offset, run: newRun('t') }, 'a');

describe('the progress of a run', () => {
  it('begins without a range, free of failures, and in the hands of its first holder', () => {
    const { offset, run } = begun(7);
    expect(offset).toBe(7);
    expect(run).toMatchObject({ epoch: 1, holder: 'a', ends: [], failures: 0, unknown: 0, soloUntil: 0, notBefore: 0 });
  });

  it('has a new epoch with every taking, and waits for nothing any more', () => {
    const { run } = taken({ offset: 0, run: { ...newRun('t'), epoch: 4, notBefore: 99, holder: 'a' } }, 'b');
    expect(run).toMatchObject({ epoch: 5, holder: 'b', notBefore: 0 });
  });

  it('keeps a range that failed as it is, whoever takes it', () => {
    const progress = taken(failed(marked(begun(), 10)), 'b');
    expect(rangeEnd(progress)).toBe(10);
    expect(progress.run).toMatchObject({ failures: 1, unknown: 0 });
    expect(isSolo(progress)).toBe(false);
  });

  it('goes record by record through a range with which its holder died', () => {
    const progress = taken(marked(begun(3), 10), 'b');
    expect(progress.run).toMatchObject({ soloUntil: 10, unknown: 0, failures: 0 });
    expect(isSolo(progress)).toBe(true);
    expect(isSolo(advanced(progress, 9))).toBe(true);
    expect(isSolo(advanced(progress, 10))).toBe(false);
  });

  it('knows a record with which three died by itself, and not before', () => {
    let progress = taken(marked(begun(3), 10), 'b');
    for (let deaths = 1; deaths <= DEATHS_OF_A_RECORD; deaths++) {
      progress = taken(marked(progress, 4), `${deaths}`);
      expect(isDeadly(progress)).toBe(deaths === DEATHS_OF_A_RECORD);
    }
    expect(isDeadly(advanced(progress, 4))).toBe(false);
  });

  it('counts no death for an invocation of which something was heard, or which was not made', () => {
    expect(failed(marked(begun(), 5)).run).toMatchObject({ unknown: 0, failures: 1 });
    expect(unmarked(marked(begun(), 5)).run).toMatchObject({ unknown: 0, failures: 0 });
    expect(unmarked(begun()).run.unknown).toBe(0);
  });

  it('goes back from a range that was split to what it was split from', () => {
    const halves = split(failed(marked(begun(), 8)), 4);
    expect(halves.run).toMatchObject({ ends: [8, 4], failures: 0 });
    const first = advanced(halves, 4);
    expect(first.run).toMatchObject({ ends: [8], failures: 0, unknown: 0 });
    expect(advanced(first, 8).run.ends).toEqual([]);
  });

  it('does not go back', () => {
    const progress = failed(marked(begun(5), 8));
    expect(advanced(progress, 5)).toEqual(progress);
    expect(advanced(progress, 2)).toEqual(progress);
  });

  it('keeps what an error says to 300 characters, and nothing of one that is over', () => {
    const told = withResult(begun(), 1, 'x'.repeat(1_000));
    expect(told.run.lastResult?.error).toHaveLength(300);
    expect(withResult(told, 2).run.lastResult).toEqual({ at: 2 });
  });
});

/** What may come of an invocation. */
type Step = 'done' | 'failed' | 'bisected' | 'not made' | 'died' | 'part done';

const END = 64;

/** What is known of the records that were delivered last, as somebody would write it down who sees all. */
interface Seen {
  readonly from: number;
  readonly end: number;
  readonly failures: number;
  /** How many runners died with them since they are delivered by themselves. */
  readonly deaths: number;
}

const ofOthers = (from: number, end: number): Seen => ({ from, end, failures: 0, deaths: 0 });

/** A step of a run, and what is seen of it. */
function take(progress: Progress, seen: Seen, step: Step): readonly [Progress, Seen] {
  const { from, end, failures, deaths } = seen;
  const middle = from + Math.floor((end - from) / 2);
  switch (step) {
    case 'done':
      return [advanced(progress, end), ofOthers(end, end)];
    case 'part done':
      return [
        failed(advanced(progress, middle)),
        middle > from ? { from: middle, end, failures: 1, deaths: 0 } : { ...seen, failures: failures + 1 },
      ];
    case 'failed':
      return [failed(progress), { ...seen, failures: failures + 1 }];
    case 'bisected':
      return middle > from
        ? [split(unmarked(progress), middle), ofOthers(from, middle)]
        : [failed(progress), { ...seen, failures: failures + 1 }];
    case 'not made':
      return [unmarked(progress), seen];
    case 'died':
      return [taken(progress, 'next'), isSolo(progress) ? { ...seen, deaths: deaths + 1 } : { ...ofOthers(from, end) }];
  }
}

describe('any run of steps', () => {
  const steps = fc.array(
    fc.tuple(
      fc.constantFrom<Step>('done', 'failed', 'bisected', 'not made', 'died', 'part done', 'failed', 'died'),
      fc.integer({ min: 1, max: 12 }),
    ),
    { maxLength: 60 },
  );

  it('commits in order, has ranges that lie within each other, and counts failures and deaths of the same records alone', () => {
    fc.assert(
      fc.property(steps, taking => {
        let progress = begun();
        let seen = ofOthers(0, 0);
        let soloUntil = 0;
        for (const [step, batchSize] of taking) {
          const { offset } = progress;
          if (offset >= END) return;
          expect(isSolo(progress)).toBe(offset < soloUntil);
          const end = Math.min(rangeEnd(progress) ?? END, offset + (isSolo(progress) ? 1 : batchSize));
          if (seen.from !== offset || seen.end !== end) seen = ofOthers(offset, end);
          progress = marked(progress, end);
          expect(progress.run).toMatchObject({ failures: seen.failures, unknown: seen.deaths + 1 });
          if (step === 'died' && !isSolo(progress)) soloUntil = end;
          [progress, seen] = take(progress, seen, step);
          expect(progress.offset).toBe(seen.from);
          expect(progress.run).toMatchObject({ failures: seen.failures, unknown: seen.deaths });
          expect(isDeadly(progress)).toBe(seen.deaths >= DEATHS_OF_A_RECORD);
          const { ends } = progress.run;
          expect(ends).toEqual([...new Set(ends)].toSorted((a, b) => b - a));
          expect(ends.every(each => each > progress.offset)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
