import { murmur2 } from './murmur2.ts';

/**
 * The partition of a keyed record: the one that every Kafka client with Java's partitioner chooses, so that a key stays in
 * its partition whoever writes it.
 *
 * @example partitionForKey(Buffer.from('foobar'), 10) // 6
 */
export const partitionForKey = (key: Uint8Array, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions;
