import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogSegment } from '../../lib/log/segment.ts';
import { chooseMerge, type MergeLimits } from '../../lib/maintenance/choose-merge.ts';
import { segmentAt } from '../log/segment-arbitrary.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const DAY = 86_400_000;

const limits: MergeLimits = { bytes: 64 * MIB, fanIn: 8, spanMs: 7 * DAY };

/** A log that is rolled, and merged after every roll until nothing is due. */
class RolledLog {
  readonly #limits: MergeLimits;
  segments: LogSegment[] = [];
  rolledBytes = 0;
  mergedBytes = 0;
  mostOpen = 0;

  constructor(limits: MergeLimits) {
    this.#limits = limits;
  }

  roll(sizeInBytes: number, createdFrom: number): void {
    const baseOffset = this.segments.at(-1)?.nextOffset ?? 0;
    this.rolledBytes += sizeInBytes;
    this.segments.push(segmentAt({ baseOffset, count: 1, sizeInBytes, createdFrom }));
    for (let run = this.#due(); run; run = this.#due()) this.#merge(run);
    this.mostOpen = Math.max(this.mostOpen, this.segments.filter(segment => this.#isOpen(segment)).length);
  }

  /** By rolling and merging. */
  get writtenBytes(): number {
    return this.rolledBytes + this.mergedBytes;
  }

  #due(): readonly LogSegment[] | undefined {
    return chooseMerge(this.segments, this.#limits);
  }

  #isOpen({ sizeInBytes }: LogSegment): boolean {
    return sizeInBytes <= this.#limits.bytes / 2;
  }

  #merge(run: readonly LogSegment[]): void {
    const at = this.segments.indexOf(run[0] as LogSegment);
    expect(run.length).toBeGreaterThan(1);
    expect(this.segments.slice(at, at + run.length)).toEqual(run);
    const merged = mergedOf(run);
    expect(merged.sizeInBytes).toBeLessThanOrEqual(this.#limits.bytes);
    expect(merged.createdTo - merged.createdFrom).toBeLessThanOrEqual(this.#limits.spanMs);
    this.mergedBytes += merged.sizeInBytes;
    this.segments.splice(at, run.length, merged);
  }
}

function mergedOf(run: readonly LogSegment[]): LogSegment {
  const baseOffset = run[0]?.baseOffset ?? 0;
  return segmentAt({
    baseOffset,
    count: (run.at(-1)?.nextOffset ?? 0) - baseOffset,
    sizeInBytes: run.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0),
    createdFrom: Math.min(...run.map(({ createdFrom }) => createdFrom)),
    createdTo: Math.max(...run.map(({ createdTo }) => createdTo)),
  });
}

/** The same numbers from 0 to 1 every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How large a roll is, from a number from 0 to 1. */
const rolls: Readonly<Record<string, (number: number) => number>> = {
  'of 100 bytes': () => 100,
  'of 1 KiB': () => KIB,
  'of 100 KiB': () => 100 * KIB,
  'of 8 MiB': () => 8 * MIB,
  'from 1 byte to 8 MiB, evenly': number => Math.ceil(number * 8 * MIB),
  'of every magnitude': number => Math.ceil((8 * MIB) ** number),
  'mostly small, now and then of 8 MiB': number => (number < 0.02 ? 8 * MIB : Math.ceil(number * 20 * KIB)),
};

/** Every seventh roll of a few bytes writes up to 128 KiB again. */
const LOWEST_LEVEL_BYTES_A_ROLL = (128 * KIB) / 7;

describe('merging after every roll', () => {
  it.each(Object.entries(rolls))('%s, writes a byte four times, and leaves few segments open', (_how, sizeOf) => {
    const log = new RolledLog(limits);
    const next = numbers(7);
    const count = 10_000;
    for (let roll = 0; roll < count; roll++) log.roll(sizeOf(next()), roll * 1_000);
    expect(log.writtenBytes).toBeLessThanOrEqual(4 * log.rolledBytes + count * LOWEST_LEVEL_BYTES_A_ROLL);
    expect(log.mostOpen).toBeLessThanOrEqual(28);
    expect(log.segments.length).toBeLessThanOrEqual(28 + log.rolledBytes / (limits.bytes / 2));
  });

  /** Rolls of a few sizes, over and over: what is awkward once stays so. */
  const anyPattern = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });

  it('leaves few segments open whatever the pattern of their sizes', () => {
    fc.assert(
      fc.property(anyPattern, pattern => {
        const log = new RolledLog(limits);
        for (let roll = 0; roll < 600; roll++)
          log.roll(Math.ceil((8 * MIB) ** (pattern[roll % pattern.length] ?? 1)), roll);
        expect(log.mostOpen).toBeLessThanOrEqual(28);
        expect(log.writtenBytes).toBeLessThanOrEqual(7 * log.rolledBytes + 600 * LOWEST_LEVEL_BYTES_A_ROLL);
      }),
      { numRuns: 60 },
    );
  });

  const anyLimits = fc.record({
    bytes: fc.integer({ min: 14, max: 64 * MIB }),
    fanIn: fc.integer({ min: 2, max: 10 }),
    spanMs: fc.integer({ min: 1, max: 1_000 }),
  });
  const anyRolls = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 * MIB }), fc.nat(200)), { maxLength: 120 });

  it('takes neighbours only, within the bytes and the span of the topic, and comes to an end', () => {
    fc.assert(
      fc.property(anyLimits, anyRolls, (some, sizes) => {
        const log = new RolledLog(some);
        let now = 0;
        for (const [sizeInBytes, pause] of sizes) {
          now += pause;
          log.roll(sizeInBytes, now);
        }
        expect(log.segments.reduce((sum, segment) => sum + segment.sizeInBytes, 0)).toBe(log.rolledBytes);
      }),
    );
  });

  it('of a roll every two days makes one of those within seven', () => {
    const log = new RolledLog(limits);
    for (let roll = 0; roll < 100; roll++) log.roll(1_000, roll * 2 * DAY);
    expect(log.segments.length).toBeLessThanOrEqual(100 / 4 + 4);
  });
});
