import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../lib/adapters/memory/seeded-random.ts';

const draw = (random: SeededRandom) => Array.from({ length: 100 }, () => random.float());

describe('SeededRandom', () => {
  it('draws the same for the same seed, and other numbers for another', () => {
    expect(draw(new SeededRandom(7))).toEqual(draw(new SeededRandom(7)));
    expect(draw(new SeededRandom(7))).not.toEqual(draw(new SeededRandom(8)));
  });

  it('draws evenly from [0, 1)', () => {
    const random = new SeededRandom(1);
    const counts = new Array<number>(10).fill(0);
    for (let n = 0; n < 100_000; n++) counts[random.below(10)] = (counts[random.below(10)] ?? 0) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(8_000);
    expect(Math.max(...counts)).toBeLessThan(12_000);
  });

  it('makes ids of 22 URL-safe characters that do not repeat', () => {
    const random = new SeededRandom(2);
    const ids = Array.from({ length: 10_000 }, () => random.id());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});
