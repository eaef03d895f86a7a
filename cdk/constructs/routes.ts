/** Which function answers which part of the HTTP API. Whatever is not named here is answered by topics. */
import type { StackOptions } from '../options.ts';
import type { PathFunction } from './path-function.ts';

/** What either kind of API is built from. */
export interface ApiProps {
  readonly auth: StackOptions['auth'];
  /** The functions behind the door. */
  readonly paths: Readonly<Record<'produce' | 'fetch' | 'topics', PathFunction>>;
}

export interface Route {
  /** `ANY` where the path is one function's alone, so that this function refuses the methods it has not. */
  readonly method: 'ANY' | 'POST';
  readonly path: `/${string}`;
  readonly servedBy: 'produce' | 'fetch';
}

const v2Partition = '/topics/{topic}/partitions/{partition}';
const v3Cluster = '/v3/clusters/{cluster_id}';
const v3Topic = `${v3Cluster}/topics/{topic_name}` as const;

export const routes: readonly Route[] = [
  { method: 'POST', path: '/topics/{topic}', servedBy: 'produce' },
  { method: 'POST', path: v2Partition, servedBy: 'produce' },
  { method: 'ANY', path: `${v3Topic}/records`, servedBy: 'produce' },
  { method: 'ANY', path: `${v3Topic}/records:batch`, servedBy: 'produce' },
  { method: 'ANY', path: `${v3Cluster}/producers`, servedBy: 'produce' },
  { method: 'ANY', path: `${v2Partition}/records`, servedBy: 'fetch' },
  { method: 'ANY', path: `${v2Partition}/offsets`, servedBy: 'fetch' },
  { method: 'ANY', path: `${v3Topic}/partitions/{partition_id}/offset`, servedBy: 'fetch' },
  { method: 'ANY', path: `${v3Cluster}/records:fetch`, servedBy: 'fetch' },
  { method: 'ANY', path: `${v3Topic}/latest`, servedBy: 'fetch' },
  { method: 'ANY', path: `${v3Topic}/partitions/{partition_id}/records:snapshot`, servedBy: 'fetch' },
];
