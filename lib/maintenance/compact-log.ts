/**
 * Compaction: of all records of a key below the rolled offset, the last one stays. Offsets and order never change; entries are
 * never touched. `choose-cleaning.ts` says what is done and when.
 *
 * A pass reads the keys of the dirty part, from the clean point on, and remembers the newest offset of each, in memory of a set
 * size; where they do not fit, it ends before the first that does not. Then every segment that begins below that end is written
 * anew, without the records that are superseded, and published, with the mark that it is clean up to there: one by one, small
 * neighbours together. Whoever is stopped, by its deadline or any other way, loses one of them; the next run finds the marks, reads
 * up to the same end, and goes on behind the last. Once all are done, the end is the clean point.
 *
 * Commit point: the publishing of the partition state, once for each. Every one begins with the lead, so that it carries the fence
 * of then: a pass may take longer than a lease, and longer than from one sweep to the next.
 *
 * What was read at the start of a pass stays true to its end: what is removed is only what is superseded, a segment that was
 * changed meanwhile has another id and is let be, and no record is ever put below the rolled offset.
 *
 * A batch that loses all its records goes whole. Kafka keeps its header if it has the last sequence of a live producer, for its
 * brokers learn their producers from the log; here nobody does, a producer's cell outlives its batches.
 */
import type { PartitionState } from '../log/cells.ts';
import { type Deadline, deadlineIn, timeLeftMs } from '../log/deadline.ts';
import { KeyOffsets } from '../log/key-offsets.ts';
import { lead } from '../log/leader.ts';
import { readPartitionState, type VersionedState } from '../log/partition-state.ts';
import { publish } from '../log/publish.ts';
import type { LogSegment } from '../log/segment.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { configValue, isCompacted, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import {
  areTombstonesOver,
  type CleaningLimits,
  cleaningLimits,
  dirtinessOf,
  dirtyEndOf,
  isToBeSeen,
  type SegmentSummary,
  seenAt,
} from './choose-cleaning.ts';
import { areAlike, type CleanMarks } from './clean-marks.ts';
import { cleanSegments } from './clean-segments.ts';
import { readKeys } from './read-keys.ts';
import { replacing } from './replace-segments.ts';
import { isOver, type MaintenanceServices } from './services.ts';

/** Marks of so many segments are set at once. */
const SEEN_AT_ONCE = 64;

export interface CompactParams {
  /** As it was when the run began. */
  readonly config: TopicConfigOverrides;
  /** As it is now, asked for before anything is removed by it; `undefined` where the topic is gone. */
  readonly readConfig: () => Promise<TopicConfigOverrides | undefined>;
  readonly deadline: Deadline;
  readonly onProgress?: (progress: CompactionProgress) => void;
  /** Done after each segment: a pass takes long, and holds the lead. */
  readonly meanwhile?: () => Promise<void>;
}

export interface CompactionProgress {
  /** First the keys of the dirty part are read, then all segments are cleaned. */
  readonly phase: 'keys' | 'segments';
  /** Bytes of segments that are behind, and of all in this phase. */
  readonly bytes: number;
  readonly ofBytes: number;
}

export interface CompactResult {
  /** Segments that were read, and became others or were marked. */
  readonly segments: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Records that are gone. */
  readonly removed: number;
  /** Of them tombstones whose time was over. */
  readonly tombstones: number;
  /** As it was found. */
  readonly dirtyRatio: number;
  /** Whether more is due: time ran out, or another worker came between. */
  readonly hasMore: boolean;
}

/** Compacts what is due, pass after pass; nothing where another worker leads, or the topic is not compacted. */
export async function compactLog(
  services: MaintenanceServices,
  at: TopicPartition,
  params: CompactParams,
): Promise<CompactResult> {
  const done = { segments: 0, bytesBefore: 0, bytesAfter: 0, removed: 0, tombstones: 0 };
  let dirtyRatio: number | undefined;
  let { config } = params;
  while (isCompacted(config)) {
    // only who has something to do takes the lead
    const found = await choose(services, { state: await readPartitionState(services.cluster, at), config });
    dirtyRatio ??= found.dirtyRatio;
    if (!found.isDue) break;
    if (isOver(services, params.deadline)) return { ...done, dirtyRatio, hasMore: true };
    const begun = await lead(services, at);
    const newest = begun && (await params.readConfig());
    if (!begun || !newest) break;
    config = newest;
    if (!isCompacted(config)) break;
    const choice = await choose(services, { state: begun.state, config });
    const pass = new Pass(services, at, { ...params, config, choice, begun, done });
    if (choice.isDue && !(await pass.run())) return { ...done, dirtyRatio, hasMore: true };
  }
  return { ...done, dirtyRatio: dirtyRatio ?? 0, hasMore: false };
}

/** What is to be done of a log as one partition state has it. */
interface Choice {
  readonly isDue: boolean;
  readonly limits: CleaningLimits;
  readonly cleanPoint: number;
  readonly dirtyEnd: number | undefined;
  readonly dirtyRatio: number;
  /** A moment after the state was read, in milliseconds. */
  readonly now: number;
}

interface ChooseParams {
  readonly state: PartitionState;
  readonly config: TopicConfigOverrides;
}

async function choose(services: MaintenanceServices, { state, config }: ChooseParams): Promise<Choice> {
  const limits = cleaningLimits(config);
  const now = services.logs.time.now();
  const segments: SegmentSummary[] = [];
  const manifest = await services.manifests.read(state.manifestKey);
  for await (const { index: _index, ...summary } of services.manifests.segmentsFrom(manifest, 0)) {
    segments.push(summary);
  }
  const { cleanPoint, dirtyRatio } = dirtinessOf(segments, limits, now);
  const dirtyEnd = dirtyEndOf(segments, limits, now);
  const areOld = segments.some(
    segment => isToBeSeen(segment, cleanPoint, now) || areTombstonesOver(segment, cleanPoint, limits, now),
  );
  return { isDue: dirtyEnd !== undefined || areOld, limits, cleanPoint, dirtyEnd, dirtyRatio, now };
}

interface PassParams extends CompactParams {
  readonly choice: Choice;
  readonly begun: VersionedState;
  /** Counts on. */
  readonly done: { -readonly [key in keyof Omit<CompactResult, 'dirtyRatio' | 'hasMore'>]: number };
}

/** Segments that are done with together, and how: rewritten, or only marked. */
interface Group {
  readonly isCleaned: boolean;
  readonly segments: LogSegment[];
}

/** One pass over a log. */
class Pass {
  readonly #services: MaintenanceServices;
  readonly #at: TopicPartition;
  readonly #params: PassParams;
  readonly #keys: KeyOffsets | undefined;
  /** What begins below it becomes clean up to it. */
  #end: number;
  #bytesBehind = 0;

  constructor(services: MaintenanceServices, at: TopicPartition, params: PassParams) {
    this.#services = services;
    this.#at = at;
    this.#params = params;
    const { cleanPoint, dirtyEnd } = params.choice;
    this.#end = cleanPoint;
    if (dirtyEnd !== undefined) this.#keys = newKeyOffsets(services, dirtyEnd - cleanPoint);
  }

  /** Whether all of it was done; what was is published. */
  async run(): Promise<boolean> {
    if (!(await this.#readKeys())) return false;
    const ofBytes = await this.#sizeInBytes();
    for await (const group of this.#groups()) {
      if (isOver(this.#services, this.#params.deadline)) return false;
      if (!(await (group.isCleaned ? this.#clean(group.segments) : this.#see(group.segments)))) return false;
      this.#bytesBehind += sizeOf(group.segments);
      this.#params.onProgress?.({ phase: 'segments', bytes: this.#bytesBehind, ofBytes });
      await this.#params.meanwhile?.();
    }
    return true;
  }

  /** Reads the keys of the dirty part, for a third of the time at most; whether there is more to do. */
  async #readKeys(): Promise<boolean> {
    const keys = this.#keys;
    const { choice, deadline, onProgress } = this.#params;
    if (!keys || choice.dirtyEnd === undefined) return true;
    const { clock } = this.#services;
    const end = await readKeys(this.#services, keys, {
      segments: this.#segmentsFrom(choice.cleanPoint),
      from: choice.cleanPoint,
      to: choice.dirtyEnd,
      deadline: deadlineIn(clock, timeLeftMs(clock, deadline) / 3),
      // a pass takes longer than a lease
      isLeading: async () => (await lead(this.#services, this.#at)) !== undefined,
      onProgress: (bytes, ofBytes) => onProgress?.({ phase: 'keys', bytes, ofBytes }),
    });
    this.#end = end ?? choice.cleanPoint;
    return end !== undefined;
  }

  async *#segmentsFrom(offset: number): AsyncGenerator<LogSegment> {
    const { manifests } = this.#services;
    const manifest = await manifests.read(this.#params.begun.state.manifestKey);
    for await (const segment of manifests.segmentsFrom(manifest, offset)) {
      if (segment.baseOffset >= Math.max(this.#end, this.#params.choice.dirtyEnd ?? 0)) return;
      yield segment;
    }
  }

  async #sizeInBytes(): Promise<number> {
    let sum = 0;
    for await (const { isCleaned, segments } of this.#groups()) if (isCleaned) sum += sizeOf(segments);
    return sum;
  }

  /** What is to be done, in its order. */
  async *#groups(): AsyncGenerator<Group> {
    let group: Group | undefined;
    for await (const segment of this.#segmentsFrom(0)) {
      const isCleaned = this.#isToBeCleaned(segment);
      const isLeft = !isCleaned && !isToBeSeen(segment, this.#params.choice.cleanPoint, this.#params.choice.now);
      const fits = group && !isLeft && group.isCleaned === isCleaned && this.#fits(group, segment);
      if (group && !fits) yield group;
      if (isLeft) group = undefined;
      else if (group && fits) group.segments.push(segment);
      else group = { isCleaned, segments: [segment] };
    }
    if (group) yield group;
  }

  #isToBeCleaned(segment: LogSegment): boolean {
    const isDirty = segment.baseOffset < this.#end && (segment.clean ?? 0) < this.#end;
    return isDirty || this.#areTombstonesOver(segment);
  }

  #areTombstonesOver(segment: LogSegment): boolean {
    const { cleanPoint, limits, now } = this.#params.choice;
    return areTombstonesOver(segment, cleanPoint, limits, now);
  }

  /** Whether they become one as merging would have it. */
  #fits({ isCleaned, segments }: Group, segment: LogSegment): boolean {
    if (!isCleaned) return segments.length < SEEN_AT_ONCE;
    const { maintenance } = this.#services;
    const { config } = this.#params;
    const all = [...segments, segment];
    const bytes = Math.min(maintenance.mergedBytes, Number(configValue(config, 'segment.bytes')));
    const from = Math.min(...all.map(({ createdFrom }) => createdFrom));
    const to = Math.max(...all.map(({ createdTo }) => createdTo));
    const isOneSegment = sizeOf(all) <= bytes && to - from <= Number(configValue(config, 'segment.ms'));
    return (isOneSegment || segment.sizeInBytes === 0) && areAlike(all.map(each => this.#marksOf(each)));
  }

  /** What the marks of a segment become, but that its tombstones may be fewer. */
  #marksOf(segment: LogSegment): CleanMarks {
    const { cleanPoint, now } = this.#params.choice;
    const { tombstonesSeenAt, tombstones } = segment;
    const seen = isToBeSeen(segment, cleanPoint, now) ? seenAt(now) : tombstonesSeenAt;
    return {
      clean: Math.max(segment.clean ?? 0, this.#end),
      ...(tombstones !== undefined && { tombstones }),
      ...(seen !== undefined && { tombstonesSeenAt: seen }),
    };
  }

  /** Cleans the segments into one; whether it was published. */
  async #clean(segments: readonly LogSegment[]): Promise<boolean> {
    const { deadline, done } = this.#params;
    const begun = await lead(this.#services, this.#at);
    if (!begun) return false;
    const cleaned = await cleanSegments(this.#services, this.#at, {
      begun,
      segments: segments.map(segment => ({ segment, areTombstonesOver: this.#areTombstonesOver(segment) })),
      marks: segments.map(segment => this.#marksOf(segment)),
      keys: this.#keys,
      deadline,
    });
    const isPublished = cleaned && (await this.#replace(begun, segments, [cleaned.segment]));
    if (!isPublished) return false;
    done.segments += segments.length;
    done.bytesBefore += sizeOf(segments);
    done.bytesAfter += cleaned.segment.sizeInBytes;
    done.removed += cleaned.removed;
    done.tombstones += cleaned.tombstones;
    return true;
  }

  /** Marks that the tombstones of the segments were seen; whether it was published. */
  async #see(segments: readonly LogSegment[]): Promise<boolean> {
    const begun = await lead(this.#services, this.#at);
    if (!begun) return false;
    const id = () => this.#services.random.id();
    const tombstonesSeenAt = seenAt(this.#params.choice.now);
    return this.#replace(
      begun,
      segments,
      segments.map(segment => ({ ...segment, id: id(), tombstonesSeenAt })),
    );
  }

  async #replace(begun: VersionedState, taken: readonly LogSegment[], given: readonly LogSegment[]): Promise<boolean> {
    const change = replacing(this.#services, this.#at, { begun, taken, given });
    return (await publish(this.#services, this.#at, { begun, change })) !== undefined;
  }
}

function newKeyOffsets({ maintenance, random }: MaintenanceServices, offsets: number): KeyOffsets {
  const word = () => Math.floor(random.float() * 2 ** 32) | 0;
  const keys = Math.min(maintenance.cleanedKeys, offsets);
  const keyBytes = Math.min(maintenance.cleanedKeyBytes, 33 * keys);
  return new KeyOffsets({ keys, keyBytes, secret: [word(), word()] });
}

const sizeOf = (segments: readonly LogSegment[]): number =>
  segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
