/** What every part of a log is given: the stores, time, randomness, and the settings that differ between deployments. */
import type { Clock } from '../ports/clock.ts';
import type { ItemTable } from '../ports/item-table.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Random } from '../ports/random.ts';
import type { RollStarter } from '../ports/roll-starter.ts';
import type { TailSignal } from '../ports/tail-signal.ts';
import type { CompressionCodec } from '../record/compression.ts';

export interface LogSettings {
  /** Batches of an entry above so many bytes go to the object store, and the entry points at them. */
  readonly inlineBytes: number;
  /** The same for an entry that lost a race: every lost try pays for its size again. */
  readonly inlineBytesAfterLoss: number;
  /** Codec of the batches that Millrace itself makes where the topic's `compression.type` is `producer`; see ADR 0003. */
  readonly defaultCodec: CompressionCodec;
  /** Segments that a manifest lists itself; with more, the older half of them becomes a chapter. */
  readonly segmentsListed: number;
  /** Pause between two looks at the end of a log by a reader that waits: doubles from the first of these to the second. */
  readonly pollFromMs: number;
  readonly pollToMs: number;
}

/** Where a write costs by the KiB: about where write units cost more than a PUT. */
export const awsLogSettings: LogSettings = {
  inlineBytes: 8 * 1024,
  inlineBytesAfterLoss: 1024,
  defaultCodec: 'zstd',
  segmentsListed: 128,
  pollFromMs: 50,
  pollToMs: 1_000,
};

/** Where a write costs its sync, and a look next to nothing: appends of other processes on the folder wake nobody here. */
export const embeddedLogSettings: LogSettings = {
  inlineBytes: Number.MAX_SAFE_INTEGER,
  inlineBytesAfterLoss: Number.MAX_SAFE_INTEGER,
  defaultCodec: 'none',
  segmentsListed: 128,
  pollFromMs: 5,
  pollToMs: 40,
};

export interface LogDeps {
  readonly log: ItemTable;
  readonly cluster: ItemTable;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly tailSignal: TailSignal;
  readonly rollStarter: RollStarter;
  readonly settings: LogSettings;
}
