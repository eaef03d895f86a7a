/** What the members of a run have in common. */

export const GROUP = 'counts';
export const TOPIC = 'click';
export const PARTITIONS = 6;

/** The shortest that there is. */
export const SESSION_MS = 6_000;
export const COMMIT_EVERY_MS = 1_000;

/** Of one poll. */
export const PAGE_BYTES = 16_384;

/** How long a server is away before it is started again. */
export const SERVER_AWAY_MS = 1_000;
