/** What a schema cannot say of a request: topics, groups and triggers that there are, and fields that come together. */
import type { Client } from '../client.ts';
import { assigned, createInstance, newGroup, topicOf } from '../support/consumers.ts';
import type { Triggers } from '../support/triggers.ts';
import type { Bound } from './bounds.ts';

export interface Sample {
  /** Of parameters and of fields, by their names. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What the body has besides what its schema demands. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Fields that come with others, by the end of the path. */
const companions: readonly (readonly [path: RegExp, field: string, Readonly<Record<string, unknown>>])[] = [
  [/^\/topics/, 'producer_id', { producer_epoch: 0, sequence: 0 }],
  [/^\/topics/, 'producer_epoch', { producer_id: 0, sequence: 0 }],
  [/^\/topics/, 'sequence', { producer_id: 0, producer_epoch: 0 }],
  [/offsets:commit$/, 'assignment_epoch', { member_id: 'm' }],
  [/:reset$/, 'offset', { to: 'offset' }],
  [/members:poll$|records:fetch$/, 'max_wait_ms', { min_bytes: 0 }],
];

/** What a body has beside what each of its fields demands. */
const bodies: readonly (readonly [path: RegExp, Readonly<Record<string, unknown>>])[] = [
  [/\/triggers$/, { enabled: false }],
  [/members:(heartbeat|poll)$/, { member_epoch: 0, subscribed_topic_names: ['no-such-topic'], max_wait_ms: 0 }],
  [/\/subscription$/, { topics: ['no-such-topic'] }],
  [/\/positions$/, { offsets: [] }],
  [/configs:alter$/, { data: [{ name: 'retention.ms', value: '604800000' }] }],
];

export class Samples {
  readonly #client: Client;
  readonly #triggers: Triggers;
  #topics: Readonly<Record<'usual' | 'compacted' | 'deleted', string>> | undefined;
  #trigger = '';
  #function = '';

  constructor(client: Client, triggers: Triggers) {
    this.#client = client;
    this.#triggers = triggers;
  }

  get topic(): string {
    return this.#topics?.usual ?? '';
  }

  async prepare(): Promise<void> {
    this.#topics = {
      usual: await topicOf(this.#client, { count: 20 }),
      compacted: await this.#client.createTopic({ configs: { 'cleanup.policy': 'compact' } }),
      deleted: await this.#client.createTopic(),
    };
    this.#function = await this.#triggers.function();
    this.#trigger = (await this.#triggers.create(this.topic)).trigger_name;
  }

  /** For each request its own, so that none meets what another left. */
  async of(path: string, { place, at }: Bound): Promise<Sample> {
    const field = String(at.findLast(name => name !== 0));
    const group = newGroup();
    const topic = this.#topicFor(path);
    const together = companions.flatMap(([of, name, more]) => (name === field && of.test(path) ? [more] : []));
    return {
      values: {
        ...{ cluster_id: await this.#client.clusterId(), broker_id: 0, partition: 0, partition_id: 0 },
        ...{ topic, topic_name: topic, topics: topic, subscribed_topic_names: topic, fetch_offset: 0 },
        ...{ group, consumer_group_id: group, instance: await this.#instanceOf(path, group) },
        ...{ consumer_id: 'm', member_id: 'm', function: this.#function },
        ...{ trigger_name: path.endsWith('/triggers') ? this.#triggers.newName() : this.#trigger },
        ...(place === 'query' && field === 'timestamp' && { offset_type: 'timestamp' }),
      },
      body: Object.assign({}, ...bodies.flatMap(([of, more]) => (of.test(path) ? [more] : [])), ...together),
    };
  }

  #topicFor(path: string): string {
    if (/latest$|snapshot$/.test(path)) return this.#topics?.compacted ?? '';
    return (path.endsWith('records:delete') ? this.#topics?.deleted : this.topic) ?? '';
  }

  /** One that reads the topic, unless it is to be told what it reads. */
  async #instanceOf(path: string, group: string): Promise<string> {
    if (!path.includes('{instance}')) return '';
    const isTold = path.endsWith('/subscription');
    const { id } = await (isTold
      ? createInstance(this.#client, {}, group)
      : assigned(this.#client, this.topic, [0], {}, group));
    return id;
  }
}
