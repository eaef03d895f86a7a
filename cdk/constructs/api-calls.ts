/**
 * What a caller asks of the API, as policies name it: a method and a path each, where `*` stands for anything, slashes too.
 *
 * The id of the cluster is made at run time, so it is `*` here. Routes of groups name no topic: who may be a member of a group reads what
 * the group reads.
 */

export interface ApiCall {
  readonly method: 'GET' | 'POST' | '*';
  readonly path: `/${string}`;
}

const cluster = '/v3/clusters/*';

/** Whoever uses v3 asks for the id of the cluster first. */
const clusters: ApiCall = { method: 'GET', path: '/v3/clusters' };

/** How many partitions a topic has. Nothing here ends with `*`: of all topics it would be their records too. */
const counting = (topic: string): readonly ApiCall[] => [
  { method: 'GET', path: `/topics/${topic}/partitions` },
  { method: 'GET', path: `${cluster}/topics/${topic}/partitions` },
];

/** Appends records to a topic, with a producer id or without. */
export const producing = (topic: string): readonly ApiCall[] => [
  clusters,
  ...counting(topic),
  { method: 'POST', path: `/topics/${topic}` },
  { method: 'POST', path: `/topics/${topic}/partitions/*` },
  { method: 'POST', path: `${cluster}/topics/${topic}/records` },
  { method: 'POST', path: `${cluster}/topics/${topic}/records:batch` },
  { method: 'POST', path: `${cluster}/producers` },
];

/** Reads a topic at any offset, its newest records and its segments, without a group. */
export const fetching = (topic: string): readonly ApiCall[] => [
  clusters,
  ...counting(topic),
  { method: 'GET', path: `/topics/${topic}` },
  { method: 'GET', path: `${cluster}/topics/${topic}` },
  { method: 'GET', path: `/topics/${topic}/partitions/*` },
  { method: 'GET', path: `${cluster}/topics/${topic}/partitions/*` },
  { method: 'GET', path: `${cluster}/topics/${topic}/latest` },
];

/** Reads many partitions at once, of whatever topics. */
export const fetchingMany: readonly ApiCall[] = [{ method: 'POST', path: `${cluster}/records:fetch` }];

/** Is a member of a group, commits for it, and sees how far it is behind; it neither resets nor deletes it. */
export const joining = (groupId: string): readonly ApiCall[] => [
  clusters,
  { method: 'POST', path: `/consumers/${groupId}` },
  { method: '*', path: `/consumers/${groupId}/instances/*` },
  { method: 'GET', path: `${cluster}/consumer-groups/${groupId}` },
  { method: 'GET', path: `${cluster}/consumer-groups/${groupId}/*` },
  { method: 'POST', path: `${cluster}/consumer-groups/${groupId}/members:*` },
  { method: 'POST', path: `${cluster}/consumer-groups/${groupId}/offsets:commit` },
];

export const everything: readonly ApiCall[] = [{ method: '*', path: '/*' }];
