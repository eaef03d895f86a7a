/**
 * The configuration of a topic: Kafka's keys, types, defaults and meanings, as data.
 *
 * A key that has no meaning here is read-only and tells its truth: tools ask for it. Sources: Kafka's `TopicConfig`,
 * `LogConfig` and `ServerLogConfigs`.
 */
import { MillraceError } from './errors.ts';
import { limits } from './limits.ts';

const LONG_MAX = 9_223_372_036_854_775_807n;
const DAY_MS = 86_400_000;

/** As in Kafka's `ConfigDef.Type`, and Confluent's REST API. */
type ConfigType = 'LONG' | 'INT' | 'DOUBLE' | 'STRING' | 'LIST' | 'BOOLEAN';

interface Bounds {
  readonly least: bigint;
  readonly most: bigint;
}

export interface ConfigEntry {
  readonly type: ConfigType;
  readonly default: string;
  readonly readOnly: boolean;
  readonly doc: string;
  /** Of an integer, both of them legal. */
  readonly bounds?: Bounds;
  /** Why the value is refused, or `undefined` when it is good. */
  readonly refuse: (value: string) => string | undefined;
}

const integerBetween =
  ({ least, most }: Bounds) =>
  (value: string) => {
    if (!/^(0|-?[1-9][0-9]{0,18})$/.test(value)) return 'is not an integer';
    if (BigInt(value) < least) return `is below the least value, ${least}`;
    return BigInt(value) > most ? `is above the greatest value, ${most}` : undefined;
  };

const ratio = (value: string) =>
  /^(0(\.[0-9]{1,15})?|1(\.0{1,15})?)$/.test(value) ? undefined : 'is not a number from 0 to 1';

const oneOf =
  (...allowed: readonly string[]) =>
  (value: string) =>
    allowed.includes(value) ? undefined : `is none of ${allowed.join(', ')}`;

const listOf =
  (...allowed: readonly string[]) =>
  (value: string) => {
    const items = value.split(',');
    if (new Set(items).size < items.length) return 'names an item twice';
    return items.every(item => allowed.includes(item)) ? undefined : `is not a list of ${allowed.join(', ')}`;
  };

const integer = (type: 'LONG' | 'INT', value: number | bigint, bounds: Bounds, doc: string): ConfigEntry => ({
  type,
  default: String(value),
  readOnly: false,
  doc,
  bounds,
  refuse: integerBetween(bounds),
});

const long = (value: number | bigint, least: number, doc: string): ConfigEntry =>
  integer('LONG', value, { least: BigInt(least), most: LONG_MAX }, doc);

const int = (value: number, [least, most]: readonly [number, number], doc: string): ConfigEntry =>
  integer('INT', value, { least: BigInt(least), most: BigInt(most) }, doc);

const fixed = (type: ConfigType, value: string, doc: string): ConfigEntry => ({
  type,
  default: value,
  readOnly: true,
  doc,
  refuse: () => `is read-only and always ${value}`,
});

const INT_MAX = 2_147_483_647;

export const topicConfig = {
  'cleanup.policy': {
    type: 'LIST',
    default: 'delete',
    readOnly: false,
    doc: 'Whether old records are deleted, compacted to the last of each key, or both.',
    refuse: listOf('delete', 'compact'),
  },
  'compression.type': {
    type: 'STRING',
    default: 'producer',
    readOnly: false,
    doc: 'Codec of batches that Millrace makes from JSON; `producer` takes its own default. Raw batches keep theirs.',
    refuse: oneOf('producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'),
  },
  'delete.retention.ms': long(DAY_MS, 0, 'How long a tombstone stays after compaction could have removed it.'),
  'max.compaction.lag.ms': long(LONG_MAX, 1, 'Longest time that a record may stay uncompacted.'),
  'max.message.bytes': int(1_048_588, [0, limits.bodyBytes], 'Largest record batch, after compression.'),
  'message.timestamp.type': {
    type: 'STRING',
    default: 'CreateTime',
    readOnly: false,
    doc: "Whether a record's timestamp is its producer's or the time of its append.",
    refuse: oneOf('CreateTime', 'LogAppendTime'),
  },
  'min.cleanable.dirty.ratio': {
    type: 'DOUBLE',
    default: '0.5',
    readOnly: false,
    doc: 'Share of uncompacted bytes from which a log is compacted.',
    refuse: ratio,
  },
  'min.compaction.lag.ms': long(0, 0, 'Time that a record stays uncompacted.'),
  'retention.bytes': long(-1, -1, 'Largest size of a partition, -1 without limit.'),
  'retention.ms': long(7 * DAY_MS, -1, 'Longest age of a record, -1 without limit.'),
  'segment.bytes': int(1_073_741_824, [14, INT_MAX], 'Largest segment.'),
  'segment.ms': long(7 * DAY_MS, 1, 'Longest time before records are rolled into a segment.'),
  'min.insync.replicas': fixed('INT', '1', 'An acknowledged record is stored by DynamoDB or S3 in three zones.'),
  'unclean.leader.election.enable': fixed('BOOLEAN', 'false', 'A leader never holds records that others lack.'),
  'remote.storage.enable': fixed('BOOLEAN', 'false', 'Segments always go to the object store, without this switch.'),
  'flush.messages': fixed('LONG', '1', 'Every append is durable before it is acknowledged.'),
  'flush.ms': fixed('LONG', '0', 'Every append is durable before it is acknowledged.'),
  preallocate: fixed('BOOLEAN', 'false', 'Objects are written whole.'),
} as const satisfies Record<string, ConfigEntry>;

export type TopicConfigKey = keyof typeof topicConfig;

/** Only what was set; every other key has its default. */
export type TopicConfigOverrides = { readonly [key in TopicConfigKey]?: string };

export const topicConfigKeys = Object.keys(topicConfig) as readonly TopicConfigKey[];

export function isTopicConfigKey(name: string): name is TopicConfigKey {
  return Object.hasOwn(topicConfig, name);
}

/** Returns the key, or throws INVALID_CONFIG that names it. */
export function checkConfigKey(name: string): TopicConfigKey {
  if (isTopicConfigKey(name)) return name;
  throw new MillraceError('INVALID_CONFIG', `unknown topic config '${shown(name)}'`);
}

/** Throws INVALID_CONFIG that names the key, the value and the rule, unless the value is good. */
export function checkConfigValue(key: TopicConfigKey, value: string): void {
  const reason = topicConfig[key].refuse(value);
  if (reason !== undefined)
    throw new MillraceError('INVALID_CONFIG', `invalid value '${shown(value)}' for ${key}: it ${reason}`);
}

/** As much of a text as an error repeats. */
const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** The value in force. */
export function configValue(overrides: TopicConfigOverrides, key: TopicConfigKey): string {
  return overrides[key] ?? topicConfig[key].default;
}

export function isCompacted(overrides: TopicConfigOverrides): boolean {
  return configValue(overrides, 'cleanup.policy').split(',').includes('compact');
}
