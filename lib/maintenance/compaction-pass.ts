/**
 * A pass of compaction: reads the keys of the dirty part, then cleans one segment after the other, small neighbours together.
 * `compact-log.ts` says why nothing is lost, whatever happens meanwhile.
 */
import { type Deadline, deadlineIn, timeLeftMs } from '../log/deadline.ts';
import { KeyOffsets, MOST_KEY_BYTES, newSecret } from '../log/key-offsets.ts';
import { lead } from '../log/leader.ts';
import type { VersionedState } from '../log/partition-state.ts';
import { publish } from '../log/publish.ts';
import { type LogSegment, sizeOfAll } from '../log/segment.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';
import { areTombstonesOver, isToBeSeen, seenAt } from './choose-cleaning.ts';
import type { Choice } from './choose-compaction.ts';
import { areAlike, type CleanMarks } from './clean-marks.ts';
import { cleanSegments } from './clean-segments.ts';
import { readKeys } from './read-keys.ts';
import { mergedBytes, replacing } from './replace-segments.ts';
import { isOver, type MaintenanceServices } from './services.ts';

/** Marks of so many segments are set at once, and so many become one. */
const SEEN_AT_ONCE = 64;
const CLEANED_AT_ONCE = 256;

export interface CompactionProgress {
  /** First the keys of the dirty part are read, then all segments are cleaned. */
  readonly phase: 'keys' | 'segments';
  /** Bytes of segments that are behind, and of all in this phase. */
  readonly bytes: number;
  readonly ofBytes: number;
}

/** What passes have done. */
export interface PassCounts {
  /** Segments that were read, and became others or were marked. */
  segments: number;
  bytesBefore: number;
  bytesAfter: number;
  /** Records that are gone. */
  removed: number;
  /** Of them tombstones whose time was over. */
  tombstones: number;
}

export interface PassParams {
  /** As it was once the lead was taken. */
  readonly config: TopicConfigOverrides;
  readonly choice: Choice;
  readonly begun: VersionedState;
  readonly deadline: Deadline;
  readonly onProgress?: ((progress: CompactionProgress) => void) | undefined;
  /** Done after each segment: a pass takes long, and holds the lead. */
  readonly meanwhile?: (() => Promise<void>) | undefined;
  /** Counts on. */
  readonly done: PassCounts;
}

/** Segments that are done with together, and how: rewritten, or only marked. */
interface Group {
  readonly isCleaned: boolean;
  readonly segments: LogSegment[];
}

/** One pass over a log. */
export class CompactionPass {
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
    const { onProgress } = this.#params;
    const ofBytes = onProgress ? await this.#sizeInBytes() : 0;
    for await (const group of this.#groups()) {
      if (isOver(this.#services, this.#params.deadline)) return false;
      if (!(await (group.isCleaned ? this.#clean(group.segments) : this.#see(group.segments)))) return false;
      this.#bytesBehind += sizeOfAll(group.segments);
      onProgress?.({ phase: 'segments', bytes: this.#bytesBehind, ofBytes });
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
      segments: () => this.#segmentsFrom(choice.cleanPoint),
      from: choice.cleanPoint,
      to: choice.dirtyEnd,
      deadline: deadlineIn(clock, timeLeftMs(clock, deadline) / 3),
      // a pass takes longer than a lease
      isLeading: async () => (await lead(this.#services, this.#at)) !== undefined,
      onProgress: onProgress && ((bytes, ofBytes) => onProgress({ phase: 'keys', bytes, ofBytes })),
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
    for await (const { isCleaned, segments } of this.#groups()) if (isCleaned) sum += sizeOfAll(segments);
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

  /** Whether they become one: as in Kafka by their size alone, whatever time they span. */
  #fits({ isCleaned, segments }: Group, segment: LogSegment): boolean {
    if (segments.length === (isCleaned ? CLEANED_AT_ONCE : SEEN_AT_ONCE)) return false;
    if (!isCleaned) return true;
    const all = [...segments, segment];
    const isOneSegment =
      sizeOfAll(all) <= mergedBytes(this.#services, this.#params.config) || segment.sizeInBytes === 0;
    return isOneSegment && areAlike(all.map(each => this.#marksOf(each)));
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
    done.bytesBefore += sizeOfAll(segments);
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
    const published = await publish(this.#services, this.#at, { begun, change });
    // readers of this process see it at once
    this.#services.logs.of(this.#at).reader.forget();
    return published !== undefined;
  }
}

function newKeyOffsets({ maintenance, random }: MaintenanceServices, offsets: number): KeyOffsets {
  const keys = Math.min(maintenance.cleanedKeys, offsets);
  const keyBytes = Math.min(maintenance.cleanedKeyBytes, MOST_KEY_BYTES * keys);
  return new KeyOffsets({ keys, keyBytes, secret: newSecret(random) });
}
