/** What a run has, whatever its target: topics, groups, and how much of everything. */

/** Read by the groups and by the trigger, and rolled. */
export const CLICK = 'click';
export const CLICK_PARTITIONS = 6;

/** Compacted all the while. */
export const PROFILE = 'profile';
export const PROFILE_PARTITIONS = 2;

export const GROUPS = ['counts', 'views'] as const;
export const MEMBERS_OF_GROUP = 3;

export const TRIGGER = 'notes';

export const PRODUCERS = 3;

/** Keys of one partition of the compacted topic; one record in so many of it is a tombstone. */
export const KEYS = 40;
export const TOMBSTONE_EVERY = 8;

/** Beside so many records of the topic that groups read goes one of the compacted topic. */
export const CLICKS_OF_PROFILE = 8;

export const COMMIT_EVERY_MS = 1_000;
/** Of one poll. */
export const PAGE_BYTES = 16_384;

/** Of the compacted topic. */
export const MIN_LAG_MS = 500;
export const DELETE_RETENTION_MS = 2_000;

/** A worker may answer for so long with what stood in segments before. */
export const BELIEVED_MS = 60_000;
