/** That the verdict of a run under faults finds what it is there to find: a good run, with one thing put wrong. */
import { describe, expect, it } from 'vitest';
import type { FetchOperation, InvokeOperation, Operation, ProduceOperation } from '../history/history.ts';
import { goodRun, textOf } from './example-run.ts';
import { type Gathered, reportOf } from './run-report.ts';
import { CLICK } from './settings.ts';
import { findings } from './verdict.ts';

const foundIn = (change: Partial<Gathered>) => findings(reportOf({ ...goodRun(), ...change }));

/** The history of the good run, with each operation of the log made into what `edit` says. */
const edited = (edit: (operation: Operation) => readonly Operation[]) => ({ history: goodRun().history.flatMap(edit) });

const log = `${CLICK}#1/0`;

const isFetch = (each: Operation): each is FetchOperation => each.operation === 'fetch' && each.log === log;
const isProduce = (each: Operation): each is ProduceOperation => each.operation === 'produce' && each.log === log;
const isInvoke = (each: Operation): each is InvokeOperation => each.operation === 'invoke' && each.log === log;

it('finds nothing where all is well', () => {
  expect(foundIn({})).toEqual([]);
});

describe('in a history that was tampered with, it finds', () => {
  it('a record that was acknowledged and is lost', () => {
    const found = foundIn(
      edited(each => {
        if (!isFetch(each) || each.answer.outcome !== 'ok') return [each];
        const records = each.answer.result.records.filter(({ offset }) => offset !== 2);
        return [{ ...each, answer: { outcome: 'ok', result: { ...each.answer.result, records } } }];
      }),
    );
    expect(found).toContain(`lost-record in ${log}: ${textOf(0, 2)} at 2`);
  });

  it('one offset that is told of two records', () => {
    const found = foundIn(
      edited(each =>
        isProduce(each)
          ? [each, { ...each, values: ['other'], answer: { outcome: 'ok', result: { baseOffset: 2 } } }]
          : [each],
      ),
    );
    expect(found).toContain(`two-values-at-one-offset in ${log}: 2: ${textOf(0, 2)}, other`);
  });

  it('a record that stands twice', () => {
    const found = foundIn(
      edited(each =>
        isProduce(each) ? [each, { ...each, answer: { outcome: 'ok', result: { baseOffset: 4 } } }] : [each],
      ),
    );
    expect(found.join()).toMatch(/one-value-at-two-offsets/);
  });

  it('a record that the trigger skipped', () => {
    const found = foundIn(
      edited(each => {
        if (!isInvoke(each)) return [each];
        const offsets = each.offsets.filter(offset => offset !== 1);
        return [{ ...each, offsets, answer: { outcome: 'ok', result: { done: offsets } } }];
      }),
    );
    expect(found.join()).toMatch(/skipped-by-trigger in click#1\/0: notes is past 1/);
  });

  it('a trigger that is stuck', () => {
    const found = foundIn(
      edited(each => {
        if (each.operation !== 'progress' || each.log !== log) return [each];
        return [{ ...each, answer: { outcome: 'ok', result: { offset: 2, logEndOffset: 4 } } }];
      }),
    );
    expect(found.join()).toMatch(/stuck-trigger/);
  });

  it('a commit that went back', () => {
    const found = foundIn(
      edited(each => {
        if (each.operation !== 'committed' || each.log !== log) return [each];
        return [{ ...each, answer: { outcome: 'ok', result: { offset: 3 } } }];
      }),
    );
    expect(found.join()).toMatch(/committed-offset-went-back/);
  });
});

describe('it finds', () => {
  it('a record that a group did not process, and one that it processed as another', () => {
    const { processed } = goodRun();
    const [first, ...others] = processed;
    expect(foundIn({ processed: others })).toEqual([`${first?.group} did not process 0/0`]);
    const wrong = processed.map(each => (each === first ? { ...each, value: 'w' } : each));
    expect(foundIn({ processed: wrong })).toEqual([`${first?.group} processed w as 0/0`]);
  });

  it('more records processed again than a stopped member accounts for', () => {
    const { processed } = goodRun();
    const again = [200, 201].flatMap(at => processed.map(each => ({ ...each, at })));
    expect(foundIn({ processed: [...processed, ...again] })).toEqual([
      'member killed 1 times, 48 records came again',
      '48 records came again without a fault',
    ]);
    const once = processed.map(each => ({ ...each, at: 200 }));
    expect(foundIn({ processed: [...processed, ...once] })).toEqual(['member killed 1 times, 48 records came again']);
  });

  it('why records came again that were processed while a server was away', () => {
    const { processed } = goodRun();
    const again = processed.map(each => ({ ...each, who: 'b', at: 200 }));
    const away = { kind: 'server frozen', who: 'server 0', at: 50, until: 150 };
    const { again: counts } = reportOf({ ...goodRun(), faults: [away], processed: [...processed, ...again] });
    expect([...counts]).toEqual([['server frozen', processed.length]]);
  });

  it('a partition that is nobody’s, and a member that ended by itself', () => {
    expect(foundIn({ unowned: ['0 of counts'], failed: ['member 1'] })).toEqual([
      'partition 0 of counts is nobody’s'.replace('’', "'"),
      'member 1 ended by itself',
    ]);
  });

  it('records that were not stored', () => {
    expect(foundIn({ records: 25 })).toEqual(['24 of 25 records were stored']);
  });

  it('an answer that tells of a mistake in Millrace', () => {
    const counts = { requests: 20, atRisk: 20, dropped: 1, cut: 1, delayed: 1, unanswered: 0, bugs: 2 };
    expect(foundIn({ proxies: { clients: { counts } } })).toEqual(['2 internal server errors between clients']);
  });

  it('what was not tried', () => {
    const counts = { requests: 20, atRisk: 20, dropped: 0, cut: 0, delayed: 0, unanswered: 0, bugs: 0 };
    const watch = { looks: 0, compactions: 0, segments: new Set<string>() };
    expect(foundIn({ faults: [], proxies: { clients: { counts } }, watch })).toEqual([
      'there were no member killed',
      'there were no replies lost between clients',
      'there were no replies delayed between clients',
      'there were no segments rolled',
      'there were no looks at what groups committed',
    ]);
  });
});
