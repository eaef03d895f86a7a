/**
 * Rolling: entries at the start of a log's hot end become a segment, and the rolled offset moves behind them.
 *
 * Commit point: the publishing of the partition state. Before it, nobody sees the segment; after it, nobody uses the entries. They
 * leave by their own expiry, which is first moved where it is near: an entry must outlive every belief that may still be
 * acknowledged, and the worker whose belief it contradicts finds its key taken.
 */
import { entryFromItem, entrySk, foldedListKey, lastEntrySk, logKeyOf, segmentObjectKey } from '../log/catalogue.ts';
import type { Deadline } from '../log/deadline.ts';
import { lead } from '../log/leader.ts';
import { loadBatches } from '../log/load-batches.ts';
import { type LogEntry, nextOffsetAfter } from '../log/log-entry.ts';
import { readPartitionState, type VersionedState } from '../log/partition-state.ts';
import { newPublishedKey, publish } from '../log/publish.ts';
import { ENTRY_EXPIRY_MS } from '../log/seal-entry.ts';
import { type LogSegment, SegmentBuilder } from '../log/segment.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { HoleError, lastEntry } from '../log/walk.ts';
import type { Item } from '../ports/item-table.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';
import { isOver, type MaintenanceServices } from './services.ts';
import { type HotEnd, rollLimits, shouldRoll } from './should-roll.ts';

/** An entry that expires within so long is given new time before it counts as rolled. */
const RESTAMP_WITHIN_MS = 2 * 86_400_000;

/** A hot end is rolled in so many segments or few more, however small its topic wants them. */
const CATCH_UP = 64;

/** Entries restamped, and big batches loaded, side by side. */
const AT_ONCE = 16;

export interface RollParams {
  readonly config: TopicConfigOverrides;
  readonly deadline: Deadline;
  /** Rolls whatever there is, whether it is due or not. */
  readonly isForced?: boolean;
  /** Told how long the oldest entry has been due by its age, in milliseconds; also of a roll that fails then. */
  readonly onLag?: (lagMs: number) => void;
}

export interface RollResult {
  readonly segments: number;
  readonly sizeInBytes: number;
  /** Whether more is due: time ran out, or enough was rolled to merge it first. */
  readonly hasMore: boolean;
}

/** Rolled at once: more would become a chapter before they are merged. */
const MOST_SEGMENTS = 64;

/** Rolls what is due, one segment after the other; nothing where another worker leads. */
export async function rollPartition(
  services: MaintenanceServices,
  at: TopicPartition,
  { config, deadline, isForced = false, onLag }: RollParams,
): Promise<RollResult> {
  const limits = rollLimits(services.maintenance, config);
  let [segments, sizeInBytes] = [0, 0];
  for (let hot = await readHotEnd(services, at); ; hot = await readHotEnd(services, at)) {
    const now = services.clock.now();
    if (hot) onLag?.(Math.max(0, now - hot.oldestAt - limits.afterMs));
    const isDue = hot && (isForced || shouldRoll(hot, limits, now));
    if (!hot || !isDue) return { segments, sizeInBytes, hasMore: false };
    if (isOver(services, deadline) || segments === MOST_SEGMENTS) return { segments, sizeInBytes, hasMore: true };
    const begun = await lead(services, at);
    // the more there is, the larger the segments: what is behind catches up
    const bytes = Math.min(services.maintenance.rollBytes, Math.max(limits.bytes, hot.sizeInBytes / CATCH_UP));
    const rolled = begun && (await rollSegment(services, at, { begun, bytes }));
    if (!rolled) return { segments, sizeInBytes, hasMore: false };
    segments++;
    sizeInBytes += rolled.sizeInBytes;
  }
}

/** What of a log is in entries; `undefined` where nothing is. Two small queries. */
export async function readHotEnd(
  { log, cluster }: Pick<MaintenanceServices, 'log' | 'cluster'>,
  at: TopicPartition,
): Promise<HotEnd | undefined> {
  const { rolledOffset, rolledBytes } = await readPartitionState(cluster, at);
  const range = { pk: logKeyOf(at), from: entrySk(rolledOffset), to: lastEntrySk };
  const [oldest, newest] = await Promise.all([
    log.query(range, { limit: 1 }).then(({ items: [item] }) => item && entryFromItem(item)),
    lastEntry(log, at, rolledOffset),
  ]);
  return (
    oldest &&
    newest && { sizeInBytes: newest.logBytes - rolledBytes, oldestAt: Math.min(oldest.createdAt, newest.createdAt) }
  );
}

interface RollSegmentParams {
  readonly begun: VersionedState;
  readonly bytes: number;
}

/** Rolls the oldest entries, up to so many bytes but at least one; `undefined` where it was not published. */
async function rollSegment(
  services: MaintenanceServices,
  at: TopicPartition,
  { begun, bytes }: RollSegmentParams,
): Promise<LogSegment | undefined> {
  const { rolledOffset } = begun.state;
  const items = await oldestItems(services, at, { from: rolledOffset, bytes });
  if (items.length === 0) return undefined;
  const entries = items.map(entryFromItem);
  const last = entries.at(-1) as LogEntry;
  await giveTime(services, items);
  const segment = await putSegment(services, at, { begun, entries });
  await putFoldedList(services, at, { begun, entries });
  const published = await publish(services, at, {
    begun,
    async change(state, manifest) {
      if (state.rolledOffset !== rolledOffset) return undefined;
      return {
        state: {
          ...state,
          rolledOffset: segment.nextOffset,
          rolledBytes: last.logBytes,
          rolledTimestamp: last.maxTimestamp,
        },
        manifest: { ...manifest, segments: [...manifest.segments, segment] },
      };
    },
  });
  return published && segment;
}

interface OldestParams {
  readonly from: number;
  readonly bytes: number;
}

/** The items of entries that follow each other from the boundary `from`. */
async function oldestItems(
  { log }: MaintenanceServices,
  at: TopicPartition,
  { from, bytes }: OldestParams,
): Promise<readonly Item[]> {
  const taken: Item[] = [];
  let size = 0;
  for (let next = from; ; ) {
    const page = await log.query({ pk: logKeyOf(at), from: entrySk(next), to: lastEntrySk });
    for (const item of page.items) {
      const entry = entryFromItem(item);
      if (entry.baseOffset !== next) throw new HoleError(next, entry.baseOffset);
      size += entry.payload.sizeInBytes;
      if (taken.length > 0 && size > bytes) return taken;
      taken.push(item);
      next = nextOffsetAfter(entry);
    }
    if (!page.more) return taken;
  }
}

/** Moves the expiry of entries that are near theirs. */
async function giveTime({ log, logs }: MaintenanceServices, items: readonly Item[]): Promise<void> {
  const expiresAt = logs.time.now() + ENTRY_EXPIRY_MS;
  const near = items.filter(item => (item.expiresAt ?? 0) < expiresAt - ENTRY_EXPIRY_MS + RESTAMP_WITHIN_MS);
  for (let first = 0; first < near.length; first += AT_ONCE) {
    // whoever else rolls gives time too
    await Promise.all(
      near.slice(first, first + AT_ONCE).map(item => log.replace({ ...item, expiresAt }, item.version)),
    );
  }
}

interface EntriesParams {
  readonly begun: VersionedState;
  readonly entries: readonly LogEntry[];
}

async function putSegment(
  services: MaintenanceServices,
  at: TopicPartition,
  { begun, entries }: EntriesParams,
): Promise<LogSegment> {
  const { objects, logs } = services;
  const mostBytes = entries.reduce((sum, { payload }) => sum + payload.sizeInBytes, 0);
  const builder = new SegmentBuilder(entries[0]?.baseOffset ?? 0, mostBytes);
  for (let first = 0; first < entries.length; first += AT_ONCE) {
    const some = entries.slice(first, first + AT_ONCE);
    const loaded = await Promise.all(some.map(entry => loadBatches({ objects, claims: logs.claims }, entry)));
    for (const batch of loaded.flat()) builder.add(batch);
  }
  const { bytes, ...content } = builder.build();
  const key = newPublishedKey(services, begun);
  const objectKey = segmentObjectKey(at, content.baseOffset, key);
  await objects.put(objectKey, bytes);
  // whatever their writers' clocks said, they are there
  const now = services.logs.time.now();
  const times = entries.map(({ createdAt }) => Math.min(createdAt, now));
  return { ...content, id: key.id, createdFrom: times.reduce(min), createdTo: times.reduce(max), objectKey };
}

/** Lists the objects of big batches that are in a segment now, a line each with key and bytes: the sweep takes them by it. */
async function putFoldedList(
  services: MaintenanceServices,
  at: TopicPartition,
  { begun, entries }: EntriesParams,
): Promise<void> {
  const lines = entries.flatMap(({ payload }) =>
    payload.kind === 'object' ? [`${payload.objectKey} ${payload.sizeInBytes}`] : [],
  );
  if (lines.length === 0) return;
  const bytes = new TextEncoder().encode(lines.join('\n'));
  await services.objects.put(foldedListKey(at, newPublishedKey(services, begun)), bytes);
}

const min = (one: number, other: number) => Math.min(one, other);
const max = (one: number, other: number) => Math.max(one, other);
