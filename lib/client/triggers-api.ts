/** Triggers from outside: topics that invoke functions. */
import { type ApiCaller, expectNothing } from './api-caller.ts';
import { bodyOf } from './exchange.ts';
import type {
  CreateTriggerParams,
  TriggerBody,
  TriggerDescription,
  TriggerSettings,
  UpdateTriggerParams,
} from './trigger-shapes.ts';

/** @example await client.triggers.create({ trigger: 'count', topics: ['click'], function: 'file:///srv/count.ts' }); */
export class TriggersApi {
  readonly #api: ApiCaller;

  constructor(api: ApiCaller) {
    this.#api = api;
  }

  /**
   * From now on the topics invoke the function.
   *
   * @throws RequestError INVALID_REQUEST, UNKNOWN_TOPIC; TRIGGER_EXISTS, also where this very request created the trigger and its
   * first answer was lost
   */
  async create({ trigger, topics, startingPosition, ...settings }: CreateTriggerParams): Promise<void> {
    const json = { trigger_name: trigger, topics, starting_position: startingPosition, ...fieldsOf(settings) };
    await this.#api.call({ method: 'POST', path: await this.#api.clusterPath('/triggers'), json }, bodyOf);
  }

  /** @throws RequestError UNKNOWN_TRIGGER */
  async describe(trigger: string): Promise<TriggerDescription> {
    const path = await this.#pathOf(trigger);
    const { lag, partitions } = await this.#api.call({ method: 'GET', path }, bodyOf<TriggerBody>);
    return { lag, partitions: partitions.map(partitionOf) };
  }

  /** The event under way is the last by the settings of before. @throws RequestError UNKNOWN_TRIGGER, INVALID_REQUEST */
  async update({ trigger, ...settings }: UpdateTriggerParams): Promise<void> {
    const path = await this.#pathOf(trigger);
    await this.#api.call({ method: 'PATCH', path, json: fieldsOf(settings) }, bodyOf);
  }

  /**
   * Its group stays, with how far it has come.
   *
   * @throws RequestError UNKNOWN_TRIGGER, also where this very request deleted it and its first answer was lost
   */
  async delete(trigger: string): Promise<void> {
    await this.#api.call({ method: 'DELETE', path: await this.#pathOf(trigger) }, expectNothing);
  }

  #pathOf(trigger: string): Promise<string> {
    return this.#api.clusterPath(`/triggers/${encodeURIComponent(trigger)}`);
  }
}

/** Only what is given: JSON leaves out what is undefined. */
const fieldsOf = (settings: TriggerSettings) => ({
  function: settings.function,
  function_timeout_in_seconds: seconds(settings.functionTimeoutMs),
  batch_size: settings.batchSize,
  maximum_batching_window_in_seconds: seconds(settings.batchingWindowMs),
  filters: settings.filters,
  maximum_retry_attempts: settings.maximumRetryAttempts,
  bisect_batch_on_function_error: settings.bisectsOnError,
  on_failure: settings.onFailure,
});

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);

function partitionOf(body: TriggerBody['partitions'][number]): TriggerDescription['partitions'][number] {
  const { topic_name: topic, partition_id: partition, current_offset: currentOffset, lag, failures } = body;
  return { topic, partition, currentOffset, lag, failures, error: body.last_result?.error ?? undefined };
}
