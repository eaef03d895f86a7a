/**
 * The sweep of a partition's objects: what nobody refers to any more is deleted.
 *
 * In this order: list the objects, end the fence, read what is referred to, delete. Nothing that was begun before the fence ended
 * can be published afterwards, so what is not referred to then, and was made at that fence or an earlier one, never will be.
 *
 * Two sweeps are needed, with longer between them than anyone reads what has been replaced: an object goes when it was made at a
 * fence that the sweep *before* ended, and neither the manifest of then nor the one of now refers to it. So nothing need be
 * remembered of what was replaced when, and no clock but the two sweeps' own matters.
 *
 * Big batches are not published but pointed at by entries, so they go by other rules: those that a list says were put into a
 * segment, with their list; and those that were never pointed at when all that was appended at their time had been rolled, after a
 * claim (`object-claim.ts`), for a worker frozen since may yet make the entry.
 */
import {
  fenceOfKey,
  isFoldedList,
  objectPrefix,
  sweepMarkAttributes,
  sweepMarkFromItem,
  sweepMarkKey,
} from '../log/catalogue.ts';
import type { SweepMark } from '../log/cells.ts';
import type { Deadline } from '../log/deadline.ts';
import type { ManifestStore } from '../log/manifest-store.ts';
import { claimObject } from '../log/object-claim.ts';
import { readVersionedState, type VersionedState } from '../log/partition-state.ts';
import { replaceState } from '../log/publish.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { walk } from '../log/walk.ts';
import type { ObjectSummary } from '../ports/object-store.ts';
import { isOver, type MaintenanceServices } from './services.ts';

/** Objects younger than this are left alone, whatever else is known of them. */
const YOUNG_MS = 60 * 60_000;

/** How far the clocks of two sweepers may differ. */
const CLOCK_SKEW_MS = 30 * 60_000;

/** Deleted by one request of the store. */
const KEYS_AT_ONCE = 1_000;

/** Others that may change the state before a sweep gives up. */
const FENCE_TRIES = 20;

export interface SweepResult {
  readonly deleted: number;
  readonly sizeInBytes: number;
  /** Whether time ran out; the next run finds less to do. */
  readonly hasMore: boolean;
}

/** Sweeps where it is due. */
export async function sweepObjects(
  services: MaintenanceServices,
  at: TopicPartition,
  deadline: Deadline,
): Promise<SweepResult | undefined> {
  const startedAt = services.clock.now();
  const item = await services.cluster.get(sweepMarkKey(at));
  const mark = item && sweepMarkFromItem(item);
  // a clock that was far ahead said when: nothing can be concluded from it
  const before = mark && mark.endedAt - startedAt < CLOCK_SKEW_MS ? mark : undefined;
  if (before && startedAt - before.endedAt < services.maintenance.sweepEveryMs) return undefined;
  const published = await listed(services, [objectPrefix('segments', at), objectPrefix('manifests', at)]);
  const ended = await endFence(services, at);
  if (!ended) return undefined;
  const hot = await hotObjects(services, at, ended);
  const sweep = new Sweep({ services, at, deadline, before, hot });
  if (before) {
    const present = await referredTo(services.manifests, ended.state.manifestKey);
    const formerly = await referredTo(services.manifests, before.manifestKey);
    await sweep.deleteFolded(published);
    await sweep.deletePublished(published, new Set([...present, ...formerly]));
    await sweep.deleteOrphans();
  }
  if (!sweep.result.hasMore) {
    await leaveMark(services, at, { ended, startedAt, oldestAt: hot.oldestAt, version: item?.version ?? 0 });
  }
  return sweep.result;
}

interface SweepParams {
  readonly services: MaintenanceServices;
  readonly at: TopicPartition;
  readonly deadline: Deadline;
  /** The sweep before this one. */
  readonly before: SweepMark | undefined;
  readonly hot: HotObjects;
}

/** One run: deletes, and counts, as long as there is time. */
class Sweep {
  readonly #params: SweepParams;
  #deleted = 0;
  #sizeInBytes = 0;
  #hasMore = false;

  constructor(params: SweepParams) {
    this.#params = params;
  }

  get result(): SweepResult {
    return { deleted: this.#deleted, sizeInBytes: this.#sizeInBytes, hasMore: this.#hasMore };
  }

  /** Segments and manifests that neither this sweep nor the one before found referred to. */
  async deletePublished(objects: readonly ObjectSummary[], referred: ReadonlySet<string>): Promise<void> {
    await this.#delete(objects.filter(({ key }) => !isFoldedList(key) && !referred.has(key) && this.#isEnded(key)));
  }

  /** Big batches that were put into a segment before the last sweep, and the lists that say so. */
  async deleteFolded(objects: readonly ObjectSummary[]): Promise<void> {
    const { services, hot } = this.#params;
    for (const list of objects.filter(({ key }) => isFoldedList(key) && this.#isEnded(key))) {
      if (this.#isOver()) return;
      const bytes = await services.objects.get(list.key);
      const lines = bytes ? new TextDecoder().decode(bytes).split('\n') : [];
      const folded = lines.map(line => line.split(' '));
      const keys = folded.map(([key = '']) => key);
      // made for a roll that was not published
      if (keys.some(key => hot.keys.has(key))) continue;
      await services.objects.delete(keys);
      this.#deleted += keys.length;
      this.#sizeInBytes += folded.reduce((sum, [, size]) => sum + Number(size), 0);
      await this.#delete([list]);
    }
  }

  /** Big batches that no entry was made for. */
  async deleteOrphans(): Promise<void> {
    const { services, at, before, hot } = this.#params;
    const youngest = services.clock.now() - YOUNG_MS;
    const isOrphan = ({ key, lastModified }: ObjectSummary) =>
      lastModified < Math.min(youngest, before?.batchesBefore ?? 0) && !hot.keys.has(key);
    for await (const object of services.objects.list(objectPrefix('batches', at))) {
      if (!isOrphan(object)) continue;
      if (this.#isOver()) return;
      if ((await claimObject(services, object.key, 'swept')) === 'swept') await this.#delete([object]);
    }
  }

  /** Whether whoever made the object can publish it no more, since the sweep before this one; others' objects are let be. */
  #isEnded(key: string): boolean {
    const fence = fenceOfKey(key);
    return fence !== undefined && fence <= (this.#params.before?.fence ?? 0);
  }

  async #delete(objects: readonly ObjectSummary[]): Promise<void> {
    const { services } = this.#params;
    const old = objects.filter(({ lastModified }) => lastModified < services.clock.now() - YOUNG_MS);
    for (let first = 0; first < old.length && !this.#isOver(); first += KEYS_AT_ONCE) {
      const some = old.slice(first, first + KEYS_AT_ONCE);
      await services.objects.delete(some.map(({ key }) => key));
      this.#deleted += some.length;
      this.#sizeInBytes += some.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
    }
  }

  #isOver(): boolean {
    this.#hasMore ||= isOver(this.#params.services, this.#params.deadline);
    return this.#hasMore;
  }
}

async function listed({ objects }: MaintenanceServices, prefixes: readonly string[]): Promise<ObjectSummary[]> {
  const all: ObjectSummary[] = [];
  for (const prefix of prefixes) for await (const object of objects.list(prefix)) all.push(object);
  return all;
}

/** Ends the fence, and answers with the state that it ended; `undefined` where others change the state too often. */
async function endFence(services: MaintenanceServices, at: TopicPartition): Promise<VersionedState | undefined> {
  for (let tries = 0; tries < FENCE_TRIES; tries++) {
    const present = await readVersionedState(services.cluster, at);
    // a log that was never rolled has no leader, and nothing to publish
    if (present.version === 0) return present;
    const { state, version } = present;
    if (await replaceState(services, at, { state: { ...state, fence: state.fence + 1 }, version })) return present;
  }
  return undefined;
}

interface HotObjects {
  /** The objects that entries from the rolled offset on point at. */
  readonly keys: ReadonlySet<string>;
  /** When the first of those entries was made; `undefined` where there are none. */
  readonly oldestAt: number | undefined;
}

async function hotObjects(
  { log }: MaintenanceServices,
  at: TopicPartition,
  { state }: VersionedState,
): Promise<HotObjects> {
  const keys = new Set<string>();
  let oldestAt: number | undefined;
  for await (const { entries } of walk(log, at, state.rolledOffset)) {
    oldestAt ??= entries[0]?.createdAt;
    for (const { payload } of entries) if (payload.kind === 'object') keys.add(payload.objectKey);
  }
  return { keys, oldestAt };
}

/** The manifest, its chapters and its segments. */
async function referredTo(manifests: ManifestStore, manifestKey: string | undefined): Promise<readonly string[]> {
  if (manifestKey === undefined) return [];
  const manifest = await manifests.read(manifestKey);
  const keys = [manifestKey, ...manifest.chapters.map(({ objectKey }) => objectKey)];
  // one by one: of many segments only the keys are held
  for await (const { objectKey } of manifests.segmentsFrom(manifest, 0)) {
    if (objectKey !== undefined) keys.push(objectKey);
  }
  return keys;
}

interface MarkParams {
  readonly ended: VersionedState;
  readonly startedAt: number;
  readonly oldestAt: number | undefined;
  readonly version: number;
}

/** Leaves what the next sweep needs to know of this one. Another that was first is as good. */
async function leaveMark(
  { cluster, clock, random }: MaintenanceServices,
  at: TopicPartition,
  { ended, startedAt, oldestAt, version }: MarkParams,
): Promise<void> {
  const { fence, manifestKey } = ended.state;
  const mark: SweepMark = {
    fence,
    // after the fence was ended: the next sweep counts from no earlier
    endedAt: clock.now(),
    ...(manifestKey !== undefined && { manifestKey }),
    batchesBefore: Math.min(startedAt, oldestAt ?? startedAt) - YOUNG_MS,
  };
  const item = { ...sweepMarkKey(at), writeId: random.id(), attributes: sweepMarkAttributes(mark) };
  if (version === 0) await cluster.create(item);
  else await cluster.replace(item, version);
}
