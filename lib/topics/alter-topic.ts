/**
 * Altering a live topic: its configuration, and its number of partitions. Other workers follow within 10 s.
 */
import { topicFromItem } from '../log/catalogue.ts';
import type { TopicCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';
import { MillraceError } from '../protocol/errors.ts';
import {
  checkConfigKey,
  checkConfigValue,
  type TopicConfigKey,
  type TopicConfigOverrides,
  topicConfig,
} from '../protocol/topic-config.ts';
import { checkPartitions } from './create-topic.ts';
import { changeTopic } from './topic-cell.ts';

/** One change of a configuration: a value, or back to the default. */
export interface ConfigChange {
  readonly name: string;
  readonly operation: 'SET' | 'DELETE';
  readonly value?: string | undefined;
}

interface AlterConfigsRequest {
  readonly name: string;
  readonly changes: readonly ConfigChange[];
  readonly validateOnly?: boolean | undefined;
}

/** Makes all changes or none; INVALID_CONFIG names the first bad one. */
export async function alterConfigs(services: LogServices, request: AlterConfigsRequest): Promise<TopicCell> {
  const { name, changes, validateOnly } = request;
  const checked = changes.map(check);
  const alter = (topic: TopicCell) => ({ ...topic, config: checked.reduce(applyChange, topic.config) });
  if (validateOnly) return alter(await services.topics.read(name));
  return topicFromItem(await changeTopic(services, name, alter));
}

/** Partitions can be added, never taken away: a key would move to another log. */
export async function addPartitions(services: LogServices, name: string, partitions: number): Promise<TopicCell> {
  const wanted = checkPartitions(partitions);
  const changed = await changeTopic(services, name, topic => {
    if (wanted > topic.partitions) return { ...topic, partitions: wanted };
    throw onlyMore(name, topic.partitions, wanted);
  });
  return topicFromItem(changed);
}

export const onlyMore = (name: string, partitions: number, wanted: number): MillraceError =>
  new MillraceError(
    'INVALID_PARTITIONS',
    `topic '${name}' has ${partitions} partitions, it can only get more, not ${wanted}`,
  );

type CheckedChange = { readonly key: TopicConfigKey; readonly value: string | undefined };

function check({ name, operation, value }: ConfigChange): CheckedChange {
  const key = checkConfigKey(name);
  if (operation === 'DELETE') {
    if (topicConfig[key].readOnly) checkConfigValue(key, '');
    return { key, value: undefined };
  }
  if (value === undefined) throw new MillraceError('INVALID_CONFIG', `no value is given for ${key}`);
  checkConfigValue(key, value);
  return { key, value };
}

function applyChange(config: TopicConfigOverrides, { key, value }: CheckedChange): TopicConfigOverrides {
  const { [key]: _replaced, ...others } = config;
  return value === undefined ? others : { ...others, [key]: value };
}
