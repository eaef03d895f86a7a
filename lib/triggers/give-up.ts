/**
 * Giving records up: they are sent to the trigger's on-failure destination, and only then does the commit move past them. Without a
 * destination they are dropped, as event source mappings do.
 */
import { deadlineIn } from '../log/deadline.ts';
import { type ProduceResult, produceRecords } from '../produce/produce-records.ts';
import type { Trigger } from './cells.ts';
import { type FailedRecord, type Failure, failedRecords, failureMetadata } from './failure-record.ts';
import type { GivenUpFor } from './gather.ts';
import type { PartitionOfTrigger } from './hold.ts';
import type { SourceRecord } from './record-source.ts';
import type { RunnerServices } from './services.ts';

const TOPIC_SCHEME = 'kafka://';

/** Producing to a topic takes no longer. */
const PRODUCE_MS = 10_000;

/** Retries with a destination, where settings say for ever; AWS's number. */
const RETRIES_WITH_DESTINATION = 10;

/** How often a range is tried again before it is given up. */
export function retriesOf({ maximumRetryAttempts, onFailure }: Trigger): number {
  if (maximumRetryAttempts >= 0) return maximumRetryAttempts;
  return onFailure === undefined ? Number.POSITIVE_INFINITY : RETRIES_WITH_DESTINATION;
}

/** The topic that a destination is; `undefined` where it is outside of Millrace. */
export const topicOfDestination = (destination: string): string | undefined =>
  destination.startsWith(TOPIC_SCHEME) ? destination.slice(TOPIC_SCHEME.length) : undefined;

export interface GivenUp extends PartitionOfTrigger {
  readonly records: readonly SourceRecord[];
  readonly reason: GivenUpFor;
  /** Invocations of the records, as far as they are known. */
  readonly attempts: number;
  readonly error?: string | undefined;
  /** The event that failed. */
  readonly payload: string;
}

/** Resolves once the records are at the destination. @throws MillraceError */
export async function giveUp(services: RunnerServices, given: GivenUp): Promise<void> {
  const { trigger, topic, at, records } = given;
  const { onFailure } = trigger;
  if (onFailure === undefined) return;
  const failedAt = services.clock.now();
  const failure = { ...given, partition: at.partition, failedAt, bootstrapServers: services.bootstrapServers };
  const destinationTopic = topicOfDestination(onFailure);
  if (destinationTopic === undefined) {
    const first = records[0]?.offset ?? 0;
    await services.destination.send({
      destination: onFailure,
      metadata: JSON.stringify(failureMetadata(failure)),
      payload: given.payload,
      name: `${trigger.triggerId}-${topic}-${at.partition}-${first}`,
      failedAt,
    });
    return;
  }
  await produceFailed(services, destinationTopic, failure);
}

/** Those that the topic takes no record as large as are sent without what they hold. */
async function produceFailed(services: RunnerServices, topic: string, failure: Failure): Promise<void> {
  const send = (records: readonly FailedRecord[]) =>
    produceRecords(services, { topic, records, deadline: deadlineIn(services.clock, PRODUCE_MS) });
  const results = await send(failedRecords(failure, { withPayload: true }));
  const tooLarge = failure.records.filter((_, index) => codeOf(results[index]) === 'MESSAGE_TOO_LARGE');
  const others = results.filter(result => codeOf(result) !== 'MESSAGE_TOO_LARGE');
  const again =
    tooLarge.length === 0 ? [] : await send(failedRecords({ ...failure, records: tooLarge }, { withPayload: false }));
  for (const result of [...others, ...again]) if ('error' in result) throw result.error;
}

const codeOf = (result: ProduceResult | undefined): string | undefined =>
  result && 'error' in result ? result.error.code : undefined;
