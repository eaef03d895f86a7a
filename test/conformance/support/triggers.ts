/** Triggers over HTTP: their shapes, and making, describing and ending them. */
import { afterAll, expect } from 'vitest';
import * as z from 'zod';
import type { Answer, Client } from '../client.ts';
import { newGroup } from './consumers.ts';

const count = z.int().nonnegative();
const related = z.strictObject({ related: z.url() });

const settings = {
  topics: z.array(z.string()).min(1),
  function: z.string(),
  consumer_group_id: z.string(),
  starting_position: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']),
  starting_position_timestamp: z.iso.datetime().optional(),
  function_timeout_in_seconds: z.int().positive(),
  batch_size: z.int().positive(),
  batch_bytes: z.int().positive(),
  maximum_batching_window_in_seconds: count,
  filters: z.array(z.record(z.string(), z.unknown())),
  maximum_retry_attempts: z.int().min(-1),
  maximum_record_age_in_seconds: z.int().min(-1),
  bisect_batch_on_function_error: z.boolean(),
  function_response_types: z.array(z.literal('ReportBatchItemFailures')).max(1),
  on_failure: z.string().nullable(),
};

const shownTrigger = {
  kind: z.literal('MillraceTrigger'),
  metadata: z.strictObject({ self: z.url(), resource_name: z.string().startsWith('crn:///kafka=') }),
  cluster_id: z.string(),
  trigger_name: z.string(),
  ...settings,
  state: z.enum(['CREATING', 'ENABLED', 'PAUSED', 'DELETING']),
  consumer_group: related,
};

const partition = z.strictObject({
  topic_name: z.string(),
  partition_id: count,
  current_offset: count,
  log_end_offset: count,
  lag: count,
  state: z.enum(['IDLE', 'HELD', 'WAITING']),
  failures: count,
  last_result: z.strictObject({ at: z.iso.datetime(), error: z.string().nullable() }).nullable(),
});

export const trigger = z.strictObject(shownTrigger);
export const describedTrigger = z.strictObject({ ...shownTrigger, lag: count, partitions: z.array(partition) });

export type Trigger = z.infer<typeof trigger>;
export type DescribedTrigger = z.infer<typeof describedTrigger>;
export type TriggerBody = Readonly<Record<string, unknown>>;

/** What is shown of a trigger that names nothing but what it must. */
export const defaults = {
  starting_position: 'TRIM_HORIZON',
  function_timeout_in_seconds: 60,
  batch_size: 100,
  batch_bytes: 6_291_455,
  maximum_batching_window_in_seconds: 0,
  filters: [],
  maximum_retry_attempts: -1,
  maximum_record_age_in_seconds: -1,
  bisect_batch_on_function_error: false,
  function_response_types: [],
  on_failure: null,
} as const;

/** Names of functions that are nowhere: what one deployment may invoke another refuses. */
const nowhere = [
  'http://127.0.0.1:9/conformance',
  'arn:aws:lambda:us-east-1:000000000000:function:millrace-conformance',
];

/** Triggers deleted side by side at the end. */
const DELETED_AT_ONCE = 8;

export const triggersPath = '…/triggers';

export const pathOfTrigger = (name: string, rest = ''): string => `${triggersPath}/${encodeURIComponent(name)}${rest}`;

/** The triggers of a group of cases, which are deleted after it. */
export class Triggers {
  readonly #client: Client;
  readonly #names = new Set<string>();
  #function: Promise<string> | undefined;

  constructor(client: Client) {
    this.#client = client;
    afterAll(async () => {
      const names = [...this.#names];
      for (let first = 0; first < names.length; first += DELETED_AT_ONCE) {
        const some = names.slice(first, first + DELETED_AT_ONCE);
        await Promise.all(some.map(name => this.#client.send('DELETE', pathOfTrigger(name))));
      }
    });
  }

  /** A name that no other case has, nor any other run. */
  newName(): string {
    return newGroup();
  }

  /** What names a function that this deployment could invoke, if it were there. */
  function(): Promise<string> {
    this.#function ??= this.#findFunction();
    return this.#function;
  }

  /** Asks for a trigger as the body has it, and nothing else; the caller checks the answer. */
  async post(body: TriggerBody): Promise<Answer> {
    const answer = await this.#client.post(triggersPath, body);
    if (answer.status === 201 && typeof body.trigger_name === 'string') this.#names.add(body.trigger_name);
    return answer;
  }

  /** The body of a trigger that is paused, for what it would invoke is not there. */
  async body(topic: string, more: TriggerBody = {}): Promise<TriggerBody> {
    const target = await this.function();
    return { trigger_name: this.newName(), topics: [topic], function: target, enabled: false, ...more };
  }

  /** Asks for one that is paused; the caller checks the answer. */
  async postPaused(topic: string, more: TriggerBody = {}): Promise<Answer> {
    return this.post(await this.body(topic, more));
  }

  /** Makes one that is paused. */
  async create(topic: string, more: TriggerBody = {}): Promise<Trigger> {
    return createdBy(await this.postPaused(topic, more));
  }

  patch(name: string, change: unknown): Promise<Answer> {
    return this.#client.send('PATCH', pathOfTrigger(name), { json: change });
  }

  send(method: string, name: string, rest = '', json?: unknown): Promise<Answer> {
    return this.#client.send(method, pathOfTrigger(name, rest), json === undefined ? {} : { json });
  }

  async describe(name: string): Promise<DescribedTrigger> {
    const answer = await this.#client.get(pathOfTrigger(name));
    expect(answer.status, answer.text).toBe(200);
    return describedTrigger.parse(answer.json);
  }

  /** The next offset of each partition of its one topic. */
  async offsets(name: string): Promise<readonly number[]> {
    return (await this.describe(name)).partitions.map(({ current_offset }) => current_offset);
  }

  reset(name: string, json: unknown): Promise<Answer> {
    return this.send('POST', name, '/offsets:reset', json);
  }

  async delete(name: string): Promise<void> {
    const answer = await this.send('DELETE', name);
    expect([answer.status, answer.text]).toEqual([204, '']);
  }

  async #findFunction(): Promise<string> {
    const topic = await this.#client.createTopic();
    for (const name of nowhere) {
      const body = { trigger_name: this.newName(), topics: [topic], function: name, enabled: false };
      if ((await this.post(body)).status === 201) return name;
    }
    return expect.fail(`this deployment takes none of these for a function: ${nowhere}`);
  }
}

export function createdBy(answer: Answer): Trigger {
  expect(answer.status, answer.text).toBe(201);
  return trigger.parse(answer.json);
}

export function triggerIn(answer: Answer): Trigger {
  expect(answer.status, answer.text).toBe(200);
  return trigger.parse(answer.json);
}
