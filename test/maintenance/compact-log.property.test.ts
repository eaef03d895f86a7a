/**
 * Random puts, tombstones, rolls, merges, compactions, sweeps, changes of the configuration, waiting and crashes, against a plain
 * list of all that was ever appended.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactLog } from '../../lib/maintenance/compact-log.ts';
import { mergeSegments } from '../../lib/maintenance/merge-segments.ts';
import { sweepObjects } from '../../lib/maintenance/sweep-objects.ts';
import type { TopicConfigOverrides } from '../../lib/protocol/topic-config.ts';
import { compressionCodecs } from '../../lib/record/compression.ts';
import { FAR } from '../support/far-deadline.ts';
import { appendKeyed, folded, type KeyedRecord, type PlacedRecord, readKeyed } from '../support/keyed-log.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';
import { at, DAY, HOUR, rollAll } from '../support/rolled-log.ts';

const MINUTE = 60_000;

interface Appended extends PlacedRecord {
  readonly appendedAt: number;
}

/** How a compaction ends. */
interface Fate {
  /** After so many calls of the store it is killed, before or after the last took effect. */
  readonly killedAfter?: number;
  readonly isApplied?: boolean;
}

const anyRecord: fc.Arbitrary<KeyedRecord> = fc.record({
  key: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') },
    // of a time at which the topic was not compacted
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  value: fc.oneof({ weight: 2, arbitrary: fc.string({ maxLength: 60 }) }, { weight: 1, arbitrary: fc.constant(null) }),
});

const anyFate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ killedAfter: fc.nat(40), isApplied: fc.boolean() }) },
);

const anyConfig = fc.record(
  {
    'min.compaction.lag.ms': fc.constantFrom('0', String(10 * MINUTE), String(DAY)),
    'delete.retention.ms': fc.constantFrom('0', String(HOUR), String(2 * DAY)),
    'min.cleanable.dirty.ratio': fc.constantFrom('0', '0.5', '0.9'),
    'max.compaction.lag.ms': fc.constantFrom(String(HOUR)),
    'segment.bytes': fc.constantFrom('14', '400', '100000'),
  },
  { requiredKeys: [] },
);

/** What the test does to a log. */
class Run {
  readonly stores: TestStores = memoryStores();
  readonly appended: Appended[] = [];
  config: TopicConfigOverrides = { 'cleanup.policy': 'compact' };
  readonly #keys: number;
  #gone = new Set<number>();

  constructor(keys: number) {
    this.#keys = keys;
  }

  worker(): TestWorker {
    return this.stores.worker({
      settings: { segmentsListed: 4 },
      maintenance: { cleanedKeys: this.#keys, keepsLead: true },
    });
  }

  async put(records: readonly KeyedRecord[], codec: number): Promise<void> {
    const appendedAt = this.stores.clock.now();
    await appendKeyed(this.worker(), records, { codec: compressionCodecs[codec] ?? 'none' });
    for (const record of records) this.appended.push({ ...record, offset: this.appended.length, appendedAt });
  }

  /** In a worker of its own, once the lease of the one before is over. */
  async compact({ killedAfter, isApplied = false }: Fate = {}): Promise<void> {
    await this.stores.clock.advance(2 * MINUTE);
    const { maintenance, faults } = this.worker();
    const { config } = this;
    const work = compactLog(maintenance, at, { config, readConfig: async () => config, deadline: FAR });
    if (killedAfter === undefined) await work;
    else {
      let left = killedAfter;
      const never = new Promise<never>(() => undefined);
      const killed = new Promise<void>(resolve => {
        faults.intercept = async (_call, apply) => {
          if (left-- > 0) return apply();
          if (isApplied && left === -1) await apply();
          resolve();
          return never;
        };
      });
      await Promise.race([killed, work]);
    }
    await this.check();
  }

  /** Every promise, as a new reader sees it. */
  async check(): Promise<void> {
    const now = this.stores.clock.now();
    const { records, end } = await readKeyed(this.worker().services.logs.of(at).reader, 0, 150);
    expect(end).toBe(this.appended.length);
    const offsets = records.map(({ offset }) => offset);
    expect(offsets).toEqual([...offsets].sort((one, other) => one - other));
    expect(new Set(offsets).size).toBe(offsets.length);
    expect(records).toEqual(offsets.map(offset => plain(this.appended[offset])));
    expect(folded(records)).toEqual(folded(this.appended));
    const present = new Set(offsets);
    const goneNow = this.appended.filter(({ offset }) => !present.has(offset));
    // what is gone never comes back
    for (const offset of this.#gone) expect(present.has(offset)).toBe(false);
    for (const record of goneNow.filter(({ offset }) => !this.#gone.has(offset))) this.#checkGone(record, now);
    this.#gone = new Set(goneNow.map(({ offset }) => offset));
    await this.#checkReadsFromWithin(records);
  }

  #checkGone({ key, value, offset, appendedAt }: Appended, now: number): void {
    const lag = Number(this.config['min.compaction.lag.ms'] ?? 0);
    expect(now - appendedAt).toBeGreaterThanOrEqual(lag);
    expect(key).not.toBeNull();
    const isSuperseded = this.appended.some(other => other.key === key && other.offset > offset);
    if (isSuperseded) return;
    expect(value).toBeNull();
    expect(now - appendedAt).toBeGreaterThanOrEqual(Number(this.config['delete.retention.ms'] ?? DAY));
  }

  /** A read from any offset gives what a read from the start gives from there on. */
  async #checkReadsFromWithin(all: readonly PlacedRecord[]): Promise<void> {
    const { reader } = this.worker().services.logs.of(at);
    for (let offset = 0; offset <= this.appended.length; offset += 3) {
      const { records } = await readKeyed(reader, offset, 1);
      expect(records).toEqual(all.filter(record => record.offset >= offset));
    }
  }
}

const plain = (record: Appended | undefined): PlacedRecord | undefined =>
  record && { offset: record.offset, key: record.key, value: record.value };

type Step = (run: Run) => Promise<unknown>;

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.array(anyRecord, { minLength: 1, maxLength: 6 }), fc.nat(4)).map(
      ([records, codec]): Step =>
        run =>
          run.put(records, codec),
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom<Step[]>(run => rollAll(run.worker(), 300)) },
  {
    weight: 4,
    arbitrary: anyFate.map(
      (fate): Step =>
        run =>
          run.compact(fate),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>(async run => {
      await run.stores.clock.advance(2 * MINUTE);
      await mergeSegments(run.worker().maintenance, at, { config: { 'segment.bytes': '2000' }, deadline: FAR });
      await run.check();
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>(run => sweepObjects(run.worker().maintenance, at, FAR)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(5 * MINUTE, HOUR, DAY).map(
      (ms): Step =>
        run =>
          run.stores.clock.advance(ms) as Promise<unknown>,
    ),
  },
  {
    weight: 1,
    arbitrary: anyConfig.map(
      (config): Step =>
        async run => {
          run.config = { 'cleanup.policy': 'compact', ...config };
        },
    ),
  },
);

describe('a compacted log', () => {
  it('folds to the last value of every key, whatever happens to it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { maxLength: 60, size: 'max' }),
        fc.constantFrom(1, 3, 100),
        async (steps, keys) => {
          const run = new Run(keys);
          for (const step of steps) await step(run);
          await run.check();
          await settle(run);
        },
      ),
      { numRuns: 200 },
    );
  }, 120_000);
});

/** In the end nothing is left of what is rolled but the last value of every key that has one: tombstones go too. */
async function settle(run: Run): Promise<void> {
  run.config = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'delete.retention.ms': String(HOUR) };
  await run.stores.clock.advance(2 * DAY);
  await rollAll(run.worker(), 300);
  for (let hours = 0; hours < 8; hours++) {
    await run.stores.clock.advance(HOUR);
    await run.compact();
  }
  const { records } = await readKeyed(run.worker().services.logs.of(at).reader);
  const keyed = records.filter(({ key }) => key !== null);
  expect(keyed.map(({ key, value }) => [key, value]).sort()).toEqual([...folded(run.appended)].sort());
}
