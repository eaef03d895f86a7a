/** What compaction did in a run, as far as its workers lived to tell. */
export const compactionCounts = ['segments', 'removed', 'tombstones', 'emptied', 'interrupted'] as const;

export type CompactionCounts = Record<(typeof compactionCounts)[number], number>;

export const noCompaction = (): CompactionCounts => ({
  segments: 0,
  removed: 0,
  tombstones: 0,
  emptied: 0,
  interrupted: 0,
});
