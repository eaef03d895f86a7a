import { describe, expect, it } from 'vitest';
import { limits } from '../../lib/protocol/limits.ts';
import { compileFilters } from '../../lib/triggers/filter.ts';
import { type Gathered, type GatherParams, gather } from '../../lib/triggers/gather.ts';
import type { RecordSource, SourceRecord } from '../../lib/triggers/record-source.ts';
import { triggerOf } from './trigger-of.ts';

const NOW = 1_700_000_000_000;
const MIB = 1024 * 1024;

interface SourceOptions {
  /** Offsets of a page. */
  readonly page?: number;
  readonly logStart?: number;
  /** Offsets that compaction took. */
  readonly gone?: (offset: number) => boolean;
}

/** A log whose record at each offset is what `make` says. */
class FakeSource {
  readonly pages: number[] = [];
  end: number;
  readonly #make: (offset: number) => Partial<SourceRecord>;
  readonly #options: Required<SourceOptions>;
  #kept: { readonly from: number; readonly nextOffset: number; readonly sizeInBytes: number }[] = [];

  constructor(end: number, make: (offset: number) => Partial<SourceRecord> = () => ({}), options: SourceOptions = {}) {
    this.end = end;
    this.#make = make;
    this.#options = { page: 100, logStart: 0, gone: () => false, ...options };
  }

  get sizeInBytes(): number {
    return this.#kept.reduce((sum, page) => sum + page.sizeInBytes, 0);
  }

  async pageFrom(offset: number) {
    this.pages.push(offset);
    const { page, logStart, gone } = this.#options;
    const from = Math.max(offset, logStart);
    const nextOffset = Math.max(offset, Math.min(this.end, from + page));
    const records: SourceRecord[] = [];
    for (let at = from; at < nextOffset; at++) if (!gone(at)) records.push(recordAt(at, this.#make(at)));
    const sizeInBytes = records.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0);
    if (nextOffset > offset) this.#kept.push({ from: offset, nextOffset, sizeInBytes });
    return { records, nextOffset, highWatermark: this.end };
  }

  forgetBelow(offset: number): void {
    this.#kept = this.#kept.filter(({ nextOffset }) => nextOffset > offset);
  }
}

const recordAt = (offset: number, made: Partial<SourceRecord>): SourceRecord => ({
  offset,
  timestamp: NOW,
  timestampType: 'CREATE_TIME',
  key: null,
  value: Buffer.from(String(offset)),
  headers: [],
  ...made,
});

type Asked = Partial<Omit<GatherParams, 'trigger' | 'source'>> & {
  readonly settings?: Parameters<typeof triggerOf>[0];
};

function gatherFrom(source: FakeSource, { settings = {}, ...asked }: Asked = {}): Promise<Gathered> {
  const trigger = triggerOf(settings);
  return gather({
    trigger,
    topic: 'click',
    at: { topicId: 't', partition: 0 },
    matches: compileFilters(trigger.filters),
    source: source as unknown as RecordSource,
    from: 0,
    until: undefined,
    isSolo: false,
    bootstrapServers: 'b',
    now: NOW,
    keep: async () => {},
    waitForMore: async () => false,
    ...asked,
  });
}

const offsetsOf = (gathered: Gathered): readonly number[] =>
  gathered.kind === 'nothing' ? [] : gathered.records.map(({ offset }) => offset);

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a batch', () => {
  it.each([
    [4, 4, 4],
    [5, 5, 5],
    [6, 5, 5],
  ])('of %i records and a batch size of 5 takes %i, and ends at %i', async (records, taken, end) => {
    const gathered = await gatherFrom(new FakeSource(records), { settings: { batchSize: 5 } });
    expect(gathered).toMatchObject({ kind: 'event', end });
    expect(offsetsOf(gathered)).toEqual(numbers(0, taken));
  });

  it.each([
    [-1, ['event', [0], 1]],
    [0, ['event', [0, 1], 2]],
    [1, ['event', [0, 1], 2]],
  ] as const)('takes what makes an event of its bytes and %i', async (more, expected) => {
    const both = await gatherFrom(new FakeSource(2));
    const sizeInBytes = Buffer.byteLength(both.kind === 'event' ? both.payload : '');
    const gathered = await gatherFrom(new FakeSource(2), { settings: { batchBytes: sizeInBytes + more } });
    expect([gathered.kind, offsetsOf(gathered), gathered.end]).toEqual(expected);
  });

  it('has events of 6 MiB and no byte more, whatever their records', async () => {
    const value = Buffer.alloc(1_000_000, 'é');
    const gathered = await gatherFrom(new FakeSource(10, () => ({ value })));
    if (gathered.kind !== 'event') throw new Error(gathered.kind);
    expect(Buffer.byteLength(gathered.payload)).toBeLessThanOrEqual(limits.triggerEventBytes);
    expect(offsetsOf(gathered)).toEqual(numbers(0, 4));
  });

  it.each([
    [-1, 'event'],
    [0, 'event'],
    [1, 'given up'],
  ] as const)('of one record that makes an event of 6 MiB and %i bytes is: %s', async (more, kind) => {
    const source = (bytes: number) => new FakeSource(2, () => ({ headers: [{ key: 'k'.repeat(bytes), value: null }] }));
    const [least] = [await gatherFrom(source(0), { settings: { batchSize: 1 } })];
    const around = Buffer.byteLength(least.kind === 'event' ? least.payload : '');
    const gathered = await gatherFrom(source(limits.triggerEventBytes - around + more));
    expect([gathered.kind, offsetsOf(gathered), gathered.end]).toEqual([kind, [0], 1]);
  });

  it('ends at the record that is too large for it, which comes next, and is given up alone where it is too large for any', async () => {
    const source = new FakeSource(4, offset => (offset === 2 ? { value: Buffer.alloc(2_000) } : {}));
    const settings = { batchBytes: 1_024 };
    expect(offsetsOf(await gatherFrom(source, { settings }))).toEqual([0, 1]);
    const next = await gatherFrom(source, { settings, from: 2 });
    expect(next).toMatchObject({ kind: 'given up', reason: 'MaximumPayloadSizeExceeded', end: 3 });
    expect(offsetsOf(next)).toEqual([2]);
  });

  it('is one record where the next goes alone', async () => {
    const gathered = await gatherFrom(new FakeSource(10), { isSolo: true, from: 3 });
    expect([offsetsOf(gathered), gathered.end]).toEqual([[3], 4]);
  });

  it('goes on behind what compaction has taken, and ends behind what it took at its end', async () => {
    const gone = (offset: number) => offset % 10 !== 0;
    const gathered = await gatherFrom(new FakeSource(1_000, undefined, { gone, page: 7 }), {
      settings: { batchSize: 3 },
    });
    expect(offsetsOf(gathered)).toEqual([0, 10, 20]);
    const rest = await gatherFrom(new FakeSource(29, undefined, { gone, page: 7 }), { from: gathered.end });
    expect(rest).toEqual({ kind: 'nothing', end: 29, isMore: false });
  });

  it('begins at the log start where retention was faster', async () => {
    const gathered = await gatherFrom(new FakeSource(50, undefined, { logStart: 40 }), { from: 3 });
    expect([offsetsOf(gathered), gathered.end]).toEqual([numbers(40, 50), 50]);
  });
});

describe('a range that is fixed', () => {
  it('is taken to its end and not beyond, though there is room', async () => {
    const gathered = await gatherFrom(new FakeSource(50), { from: 2, until: 7 });
    expect([offsetsOf(gathered), gathered.end]).toEqual([numbers(2, 7), 7]);
  });

  it('is not waited for: its end was there when it was fixed', async () => {
    const waitForMore = () => Promise.reject(new Error('waited'));
    const gathered = await gatherFrom(new FakeSource(5), { until: 7, waitForMore });
    expect(offsetsOf(gathered)).toEqual(numbers(0, 5));
  });

  it('that retention has taken is nothing, up to its end', async () => {
    const gathered = await gatherFrom(new FakeSource(50, undefined, { logStart: 40 }), { from: 2, until: 7 });
    expect(gathered).toEqual({ kind: 'nothing', end: 7, isMore: false });
  });

  it('that compaction has taken is nothing, up to its end', async () => {
    const gone = (offset: number) => offset < 30;
    const gathered = await gatherFrom(new FakeSource(50, undefined, { gone, page: 3 }), { from: 2, until: 7 });
    expect(gathered).toEqual({ kind: 'nothing', end: 7, isMore: false });
  });
});

describe('records that are too old', () => {
  const settings = { maximumRecordAgeMs: 60_000 };
  const aged = (...ages: readonly number[]) =>
    new FakeSource(ages.length, offset => ({ timestamp: NOW - (ages[offset] ?? 0) }));

  it.each([
    [59_999, 'event'],
    [60_000, 'event'],
    [60_001, 'given up'],
  ] as const)('by their timestamp, %i ms ago where 60 s are allowed, are: %s', async (age, kind) => {
    expect((await gatherFrom(aged(age), { settings })).kind).toBe(kind);
  });

  it('are given up together as far as they follow each other, and end an event', async () => {
    const source = aged(70_000, 80_000, 0, 1, 90_000);
    const first = await gatherFrom(source, { settings });
    expect([first.kind, offsetsOf(first), first.end]).toEqual(['given up', [0, 1], 2]);
    const second = await gatherFrom(source, { settings, from: 2 });
    expect([second.kind, offsetsOf(second), second.end]).toEqual(['event', [2, 3], 4]);
  });

  it('are given up no more at a time than an event has room for, in number and in bytes, and one at least', async () => {
    const value = Buffer.alloc(MIB);
    const large = new FakeSource(20, () => ({ timestamp: NOW - 70_000, value }));
    expect(offsetsOf(await gatherFrom(large, { settings }))).toEqual(numbers(0, 4));
    expect(offsetsOf(await gatherFrom(large, { settings: { ...settings, batchBytes: 1_024 } }))).toEqual([0]);
    const many = new FakeSource(20, () => ({ timestamp: NOW - 70_000 }));
    expect(offsetsOf(await gatherFrom(many, { settings: { ...settings, batchSize: 3 } }))).toEqual([0, 1, 2]);
  });

  it('are passed over where the filters do not let them through', async () => {
    const filters = ['{"offset":[1]}'];
    const gathered = await gatherFrom(aged(70_000, 0), { settings: { ...settings, filters } });
    expect([gathered.kind, offsetsOf(gathered)]).toEqual(['event', [1]]);
  });
});

describe('filters that let little through', () => {
  it('have the pages behind them forgotten as long as nothing is found', async () => {
    const source = new FakeSource(5_000);
    const gathered = await gatherFrom(source, { settings: { filters: ['{"offset":[4950]}'] } });
    expect(offsetsOf(gathered)).toEqual([4_950]);
    expect(source.sizeInBytes).toBeLessThan(1_000);
  });

  it('have an event sent that is not full after 50,000 records more', async () => {
    const source = new FakeSource(1_000_000, undefined, { page: 10_000 });
    const gathered = await gatherFrom(source, { settings: { filters: ['{"offset":[5]}'] } });
    expect([offsetsOf(gathered), gathered.end]).toEqual([[5], 50_006]);
  });

  it('have what is passed over committed after 50,000 records, and go on', async () => {
    const source = new FakeSource(1_000_000, undefined, { page: 10_000 });
    const settings = { filters: ['{"offset":[60001]}'] };
    const passed = await gatherFrom(source, { settings });
    expect(passed).toEqual({ kind: 'nothing', end: 50_000, isMore: true });
    expect(offsetsOf(await gatherFrom(source, { settings, from: passed.end }))).toEqual([60_001]);
  });

  it('have what is passed over committed after 64 pages, however few records they have', async () => {
    const source = new FakeSource(1_000, undefined, { page: 1, gone: offset => offset < 900 });
    expect(await gatherFrom(source)).toEqual({ kind: 'nothing', end: 64, isMore: true });
  });

  it('keep no more records of an event that is not full than 48 MiB', async () => {
    const value = Buffer.alloc(MIB);
    const source = new FakeSource(1_000, () => ({ value }), { page: 4 });
    const gathered = await gatherFrom(source, { settings: { filters: ['{"offset":[2]}'] } });
    expect([offsetsOf(gathered), gathered.end]).toEqual([[2], 48]);
  });

  it('keep the lease between pages', async () => {
    let kept = 0;
    const keep = async () => void kept++;
    await gatherFrom(new FakeSource(1_000), { settings: { filters: ['{"offset":[950]}'] }, keep });
    expect(kept).toBe(9);
  });
});

describe('a batch that is waited for', () => {
  it('takes what comes until nothing more does', async () => {
    const source = new FakeSource(2);
    const waited: number[] = [];
    const waitForMore = async (from: number) => {
      waited.push(from);
      if (waited.length > 2) return false;
      source.end += 1;
      return true;
    };
    const gathered = await gatherFrom(source, { waitForMore });
    expect(offsetsOf(gathered)).toEqual([0, 1, 2, 3]);
    expect(waited).toEqual([2, 3, 4]);
  });

  it('is closed by no number of small pages', async () => {
    const source = new FakeSource(1, undefined, { page: 1 });
    const waitForMore = async () => ++source.end <= 100;
    expect(offsetsOf(await gatherFrom(source, { waitForMore }))).toHaveLength(100);
  });

  it('is not waited for where it has no record yet', async () => {
    const waitForMore = () => Promise.reject(new Error('waited'));
    const settings = { filters: ['{"offset":[7]}'] };
    expect(await gatherFrom(new FakeSource(5), { settings, waitForMore })).toEqual({
      kind: 'nothing',
      end: 5,
      isMore: false,
    });
  });
});
