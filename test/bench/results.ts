/** What a run measured: the shape of the JSON file, and what the terminal and the page show. */
import type { CodecRow } from './codecs.ts';
import type { ColdStart } from './cold-start/cold-start.bench.ts';
import type { CompactionRow } from './compaction.bench.ts';
import type { ContentionCurve } from './contention.bench.ts';
import type { CostCounts } from './cost.bench.ts';
import type { GroupResults } from './groups.bench.ts';
import type { MemoryRow } from './memory.bench.ts';
import type { PeerResults } from './peers/peers.bench.ts';
import type { assumed, prices } from './prices.ts';
import type { ProfileRow } from './profile/profile.bench.ts';
import type { Run } from './run.ts';
import type { SegmentResults } from './segments.bench.ts';
import type { TriggerResults } from './triggers.bench.ts';

/** A raw limit measured in the same run, in the units of the figure it stands beside. */
export interface Limit {
  readonly name: LimitName;
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Millrace's figure as a part of the limit; above 1 where Millrace does what the limit does not, as group commit. */
  readonly ratio: number;
}

export type LimitName = 'LMDB' | 'disk' | 'bare HTTP';

export type Format = 'json' | 'raw batch';

/** One workload through the server. Bytes are those of the records' values; a megabyte is a million. */
export interface Throughput {
  readonly format: Format;
  readonly recordBytes: number;
  readonly batchRecords: number;
  readonly clients: number;
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly limits: readonly Limit[];
}

export interface CostResults extends CostCounts {
  readonly prices: typeof prices;
  readonly assumed: typeof assumed;
}

export interface BenchResults {
  readonly run: Run;
  readonly produce?: readonly Throughput[];
  readonly fetch?: readonly Throughput[];
  readonly peers?: PeerResults;
  readonly profile?: readonly ProfileRow[];
  readonly coldStart?: readonly ColdStart[];
  readonly contention?: readonly ContentionCurve[];
  readonly cost?: CostResults;
  readonly codecs?: readonly CodecRow[];
  readonly segments?: SegmentResults;
  readonly memory?: readonly MemoryRow[];
  readonly compaction?: readonly CompactionRow[];
  readonly groups?: GroupResults;
  readonly triggers?: TriggerResults;
}
