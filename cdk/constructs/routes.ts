/** Which function answers which part of the HTTP API. Whatever is not named here is answered by topics. */
import type { PathFunction } from './path-function.ts';

/** What either kind of API is built from. */
export interface ApiProps {
  /** By which it is found among others. */
  readonly name: string;
  /** Callers sign with AWS credentials; `none` lets anyone in, and is for emulators. */
  readonly auth: 'iam' | 'none';
  /** The functions behind the door. */
  readonly paths: Readonly<Record<ServedBy, PathFunction>>;
}

export interface BuiltApi {
  /** Without a slash at its end. */
  readonly url: string;
  readonly id: string;
  readonly stageName: string;
}

export type ServedBy = 'produce' | 'fetch' | 'groups' | 'topics';

export interface Route {
  /** `ANY` where the path is one function's alone, so that this function refuses the methods it has not. */
  readonly method: 'ANY' | 'POST';
  /** With `{rest+}` at its end, of all that is below. */
  readonly path: `/${string}`;
  readonly servedBy: Exclude<ServedBy, 'topics'>;
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
  { method: 'ANY', path: '/consumers/{rest+}', servedBy: 'groups' },
  { method: 'ANY', path: `${v3Cluster}/consumer-groups`, servedBy: 'groups' },
  { method: 'ANY', path: `${v3Cluster}/consumer-groups/{rest+}`, servedBy: 'groups' },
  { method: 'ANY', path: `${v3Cluster}/triggers`, servedBy: 'groups' },
  { method: 'ANY', path: `${v3Cluster}/triggers/{rest+}`, servedBy: 'groups' },
];

/** The function that the front door asks for a path of the API, its parameters in braces. */
export function askedFor(method: string, path: string): ServedBy {
  const isAsked = (route: Route) => isUnder(route.path, path) && (route.method === 'ANY' || route.method === method);
  return routes.find(isAsked)?.servedBy ?? 'topics';
}

/** Whatever their parameters are called. */
function isUnder(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern, path].map(each => each.replaceAll(/\{\w+\}/g, '{}')) as [string, string];
  return wanted.endsWith(REST) ? given.startsWith(wanted.slice(0, -REST.length)) : wanted === given;
}

const REST = '{rest+}';
