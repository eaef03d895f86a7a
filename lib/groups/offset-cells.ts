/** The cells in which a group keeps, partition by partition, how far it has read and whose commits it takes. */
import type { LogServices } from '../log/log-services.ts';
import { queryAll } from '../log/query-all.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Item } from '../ports/item-table.ts';
import type { MemberIncarnation, OffsetCell } from './cells.ts';
import { offsetAttributes, offsetFromItem, offsetKey, offsetsRange, partitionOf } from './items.ts';
import type { StoredOffset } from './known-offsets.ts';
import type { GroupServices } from './services.ts';

/** What lets a member commit: a partition, its own incarnation, and the epoch that gave it the partition. */
export interface Right extends MemberIncarnation {
  readonly since: number;
}

export const hasRight = ({ owner, since }: OffsetCell, right: Right): boolean =>
  owner?.memberId === right.memberId && owner.incarnation === right.incarnation && since === right.since;

/** A cell that nobody has committed to. */
export const newOffsetCell = (topic: string): OffsetCell => ({ topic, metadata: '', committedAt: 0, since: 0 });

export async function readOffset(
  { cluster }: Pick<LogServices, 'cluster'>,
  life: string,
  at: TopicPartition,
): Promise<StoredOffset> {
  return storedOffset(await cluster.get(offsetKey(life, at)));
}

export interface OffsetOf extends TopicPartition {
  readonly cell: OffsetCell;
  readonly version: number;
}

/** All cells of a group's life, those of topics that are gone as well. */
export async function readOffsets(
  { cluster }: Pick<LogServices, 'cluster'>,
  life: string,
): Promise<readonly OffsetOf[]> {
  const offsets: OffsetOf[] = [];
  for await (const item of queryAll(cluster, offsetsRange(life))) {
    offsets.push({ ...partitionOf(item), cell: offsetFromItem(item), version: item.version });
  }
  return offsets;
}

export interface OffsetWrite {
  readonly life: string;
  readonly at: TopicPartition;
  /** Of what was read. */
  readonly version: number;
  readonly cell: OffsetCell;
}

/** Whether the cell was written; if not, with what is there now. @throws MillraceError OUTCOME_UNKNOWN */
export async function writeOffset(
  services: GroupServices,
  write: OffsetWrite,
): Promise<StoredOffset & { readonly isWritten: boolean }> {
  const { life, at, version, cell } = write;
  const item = { ...offsetKey(life, at), writeId: services.random.id(), attributes: offsetAttributes(cell) };
  const written = version === 0 ? await createSettled(services, item) : await replaceSettled(services, item, version);
  const stored = storedOffset(written.item);
  services.knownOffsets.remember(life, at, stored);
  return { isWritten: written.outcome === 'created' || written.outcome === 'replaced', ...stored };
}

const storedOffset = (item: Item | undefined): StoredOffset => ({
  cell: item && offsetFromItem(item),
  version: item?.version ?? 0,
});
