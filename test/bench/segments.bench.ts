/**
 * Segments: what a fetch costs at a random offset as the log grows, and how fast rolling, merging and cold fetches are beside
 * as many bytes straight into and out of the same object store.
 */

import type { Bench } from './bench.ts';
import { type GrowthRow, measureGrowth } from './fetch-growth.ts';
import { measureRates, type SegmentRate } from './segment-rates.ts';

export interface SegmentResults {
  readonly growth: readonly GrowthRow[];
  readonly rates: readonly SegmentRate[];
}

export async function benchSegments(bench: Bench): Promise<SegmentResults> {
  return { growth: await measureGrowth(bench), rates: await measureRates(bench) };
}
