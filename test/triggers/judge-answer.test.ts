import { describe, expect, it } from 'vitest';
import type { TargetAnswer } from '../../lib/ports/trigger-target.ts';
import type { Trigger } from '../../lib/triggers/cells.ts';
import { firstFailure, judgeAnswer } from '../../lib/triggers/judge-answer.ts';
import type { SourceRecord } from '../../lib/triggers/record-source.ts';
import { marked, newRun, type Progress, split, taken } from '../../lib/triggers/run-state.ts';
import { triggerOf } from './trigger-of.ts';

const NOW = 5_000;

const recordAt = (offset: number): SourceRecord => ({
  offset,
  timestamp: 1,
  timestampType: 'CREATE_TIME',
  key: null,
  value: null,
  headers: [],
});

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

const begun = (offset = 0): Progress => taken({ offset, run: newRun('id') }, 'a');

interface Asked {
  readonly offsets?: readonly number[];
  readonly end?: number;
  readonly progress?: Progress;
  readonly settings?: Partial<Trigger>;
}

/** What is made of an answer to an event of the offsets, which was marked. */
function judge(answer: TargetAnswer, { offsets = numbers(10, 20), end = 20, progress, settings = {} }: Asked = {}) {
  const before = progress ?? begun(offsets[0]);
  return judgeAnswer({
    trigger: triggerOf(settings),
    progress: marked(before, end),
    invocation: { topic: 'click', partition: 3, records: offsets.map(recordAt), end },
    answer,
    now: NOW,
  });
}

const returned = (response: unknown): TargetAnswer => ({
  outcome: 'done',
  response: typeof response === 'string' ? response : JSON.stringify(response),
});

const item = (offset: unknown, partition: unknown = 'click-3') => ({ itemIdentifier: { partition, offset } });
const report = (...items: readonly unknown[]) => returned({ batchItemFailures: items });

const reporting = { reportsItemFailures: true };
const bisecting = { reportsItemFailures: true, bisectsOnError: true };

describe('a function that did what it should', () => {
  it('has all of its range committed, also what the filters passed over at its end', () => {
    const { outcome, progress } = judge(returned(null), { offsets: [10, 12], end: 17 });
    expect(outcome).toBe('done');
    expect(progress.offset).toBe(17);
    expect(progress.run).toMatchObject({ ends: [], failures: 0, unknown: 0, lastResult: { at: NOW } });
  });

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['a text', '"fine"'],
    ['a number', '7'],
    ['a list', '[1]'],
    ['no failures', '{"batchItemFailures":[]}'],
    ['failures that are null', '{"batchItemFailures":null}'],
    ['other members', '{"statusCode":500,"body":"no"}'],
  ])('may return %s where it reports records', (_name, response) => {
    expect(judge(returned(response), { settings: reporting })).toMatchObject({
      outcome: 'done',
      progress: { offset: 20 },
    });
  });

  it.each([
    ['what is no JSON', '<html>'],
    ['failures', '{"batchItemFailures":[{"itemIdentifier":{"partition":"click-3","offset":12}}]}'],
  ])('may return %s where its reports are not asked for', (_name, response) => {
    expect(judge(returned(response))).toMatchObject({ outcome: 'done', progress: { offset: 20 } });
  });
});

describe('a function that reports records', () => {
  it('has what comes before the first of them committed, and the rest tried again', () => {
    const { outcome, error, progress } = judge(report(item(17), item(14), item(19)), { settings: reporting });
    expect(outcome).toBe('failed');
    expect(error).toContain('offset 14 failed');
    expect(progress.offset).toBe(14);
    expect(progress.run).toMatchObject({ ends: [20], failures: 1, unknown: 0, lastResult: { at: NOW, error } });
  });

  it('may name one twice', () => {
    expect(judge(report(item(14), item(14)), { settings: reporting }).progress.offset).toBe(14);
  });

  it('counts the failures of what it reports again and again', () => {
    const first = judge(report(item(14)), { settings: reporting });
    const again = { offsets: numbers(14, 20), progress: first.progress, settings: reporting };
    expect(judge(report(item(14)), again).progress.run).toMatchObject({ ends: [20], failures: 2 });
    expect(judge(report(item(15)), again).progress).toMatchObject({ offset: 15, run: { ends: [20], failures: 1 } });
  });

  it('has the record tried alone where ranges are split, up to the next that it was given', () => {
    const offsets = [10, 14, 17];
    const { progress } = judge(report(item(14)), { offsets, settings: bisecting });
    expect(progress).toMatchObject({ offset: 14, run: { ends: [20, 17], failures: 1, unknown: 0 } });
  });

  it('has the last record tried with what the filters passed over behind it', () => {
    const { progress } = judge(report(item(17)), { offsets: [10, 14, 17], settings: bisecting });
    expect(progress).toMatchObject({ offset: 17, run: { ends: [20], failures: 1 } });
  });

  it('of which one died with the record before does not lose count of the deaths', () => {
    let progress = taken(marked(begun(10), 20), 'b');
    progress = taken(marked(progress, 11), 'c');
    expect(progress.run.unknown).toBe(1);
    const judged = judge(report(item(10)), { offsets: [10], end: 11, progress, settings: reporting });
    expect(judged.progress.run).toMatchObject({ unknown: 1, failures: 1 });
  });

  it.each([
    ['an offset that it was not given', item(25)],
    ['an offset between those that it was given', item(11.5)],
    ['an offset as a text', item('14')],
    ['another partition', item(14, 'click-4')],
    ['another topic', item(14, 'view-3')],
    ['no partition', { itemIdentifier: { offset: 14 } }],
    ['an identifier that is a text, as for queues', { itemIdentifier: '14' }],
    ['no identifier', {}],
    ['null', null],
    ['a text', '14'],
  ])('and names %s has failed as a whole', (_name, failure) => {
    for (const answer of [report(failure), report(item(14), failure)]) {
      const { outcome, error, progress } = judge(answer, { settings: reporting });
      expect([outcome, progress.offset, progress.run.failures]).toEqual(['failed', 10, 1]);
      expect(error).toContain('what it was not given');
    }
  });

  it.each([
    ['a text', '"14"'],
    ['an object', '{"0":14}'],
    ['a number', '14'],
    ['false', 'false'],
  ])('and gives %s for a list has failed as a whole', (_name, failures) => {
    const answer = returned(`{"batchItemFailures":${failures}}`);
    expect(judge(answer, { settings: reporting })).toMatchObject({
      outcome: 'failed',
      error: 'batchItemFailures is no list',
      progress: { offset: 10 },
    });
  });

  it('and returns what is no JSON has failed as a whole, and is told what it returned', () => {
    const { outcome, error } = judge(returned(`<html>${'x'.repeat(1_000)}`), { settings: reporting });
    expect(outcome).toBe('failed');
    expect(error).toMatch(/no JSON: <html>x{74}$/);
  });

  it('is read by its own members alone', () => {
    const invocation = { topic: '__proto__', partition: 0, records: [recordAt(1)], end: 2 };
    const response = '{"batchItemFailures":[{"itemIdentifier":{"partition":"__proto__-0","offset":1}}]}';
    expect(firstFailure(response, invocation)).toBe(1);
    expect(firstFailure('{"__proto__":{"batchItemFailures":[1]}}', invocation)).toBeUndefined();
  });
});

describe('a function that fails', () => {
  const failing: TargetAnswer = { outcome: 'failed', error: 'Error: no' };

  it('is given the same range again, and the failure is counted', () => {
    const first = judge(failing);
    expect(first).toMatchObject({ outcome: 'failed', error: 'Error: no' });
    expect(first.progress).toMatchObject({ offset: 10, run: { ends: [20], failures: 1, unknown: 0 } });
    expect(judge(failing, { progress: first.progress }).progress.run).toMatchObject({ ends: [20], failures: 2 });
  });

  it('of which no answer came counts as one that failed', () => {
    const { progress } = judge({ outcome: 'unknown', error: 'TimeoutError' });
    expect(progress.run).toMatchObject({ failures: 1, unknown: 0, lastResult: { error: 'TimeoutError' } });
  });

  it.each([
    [[10, 11, 12, 13], 12],
    [[10, 11, 12], 12],
    [[10, 15], 15],
    [[10, 11, 18, 19], 18],
  ])('has its records halved where it is asked for: %j before %i', (offsets, middle) => {
    const { progress } = judge(failing, { offsets, settings: { bisectsOnError: true } });
    expect(progress).toMatchObject({ offset: 10, run: { ends: [20, middle], failures: 0, unknown: 0 } });
  });

  it('has one record that cannot be halved counted', () => {
    const { progress } = judge(failing, { offsets: [10], end: 11, settings: { bisectsOnError: true } });
    expect(progress.run).toMatchObject({ ends: [11], failures: 1 });
  });

  it('is halved until it is one record, whatever the number', () => {
    for (let count = 1; count <= 40; count++) {
      let progress = begun();
      let offsets = numbers(0, count);
      for (let halvings = 0; offsets.length > 1; halvings++) {
        expect(halvings).toBeLessThan(6);
        ({ progress } = judge(failing, {
          offsets,
          end: progress.run.ends.at(-1) ?? count,
          progress,
          settings: { bisectsOnError: true },
        }));
        offsets = numbers(0, progress.run.ends.at(-1) ?? 0);
      }
      expect(offsets).toEqual([0]);
    }
  });
});

describe('a function that was not run', () => {
  const throttled: TargetAnswer = { outcome: 'throttled' };
  const refused: TargetAnswer = { outcome: 'refused', error: 'no such function' };

  it.each([
    ['too many are running', throttled, /^throttled/],
    ['it cannot be', refused, /^no such function$/],
  ])('for %s is not blamed, and its range stays', (_name, answer, error) => {
    const before = split(begun(10), 15);
    const { outcome, progress } = judge(answer, { end: 15, progress: before });
    expect(outcome).toBe('not run');
    expect(progress).toMatchObject({ offset: 10, run: { ends: [15], failures: 0, unknown: 0 } });
    expect(progress.run.lastResult?.error).toMatch(error);
  });
});
