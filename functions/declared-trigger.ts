/**
 * A trigger as a resource of a stack. CloudFormation knows it by its name and by what cannot be changed while it lives: with others it
 * is another trigger.
 */
import { createHash } from 'node:crypto';
import type { HandedOver, TriggerProperties } from '../lib/protocol/declared.ts';
import {
  type StartingPosition,
  startingPositions,
  type TriggerIdentity,
  type TriggerSettings,
} from '../lib/triggers/cells.ts';
import { declareTrigger, identityOf, withdrawTrigger } from '../lib/triggers/declare-trigger.ts';
import type { TriggerServices } from '../lib/triggers/services.ts';
import { triggerSettings } from '../lib/triggers/settings.ts';
import { beforeOf, type DeclaredEvent, declarerOf } from './declared-event.ts';

type Handed = HandedOver<TriggerProperties>;

const DIGEST_LENGTH = 16;

/** @returns the id by which CloudFormation knows the trigger */
export async function provideTrigger(
  services: TriggerServices,
  event: DeclaredEvent<TriggerProperties>,
): Promise<string> {
  const properties = event.ResourceProperties;
  const { name: declaredBy } = declarerOf(event);
  const withdraw = (gone: Handed) =>
    withdrawTrigger(services, { name: gone.Name, declaredBy, identity: identityFrom(gone) });
  if (event.RequestType === 'Delete') {
    await withdraw(properties);
    return event.PhysicalResourceId;
  }
  const { Name: name, GroupId, StartingPosition } = properties;
  checkStartingPosition(StartingPosition);
  const before = beforeOf(event);
  // under its old name it has the group still
  if (before && before.Name !== name && before.GroupId === GroupId) await withdraw(before);
  const identity = identityFrom(properties);
  await declareTrigger(services, { name, declaredBy, identity, settings: settingsFrom(properties) });
  return `${name}/${digestOf(identity)}`;
}

const digestOf = (identity: TriggerIdentity): string =>
  createHash('sha256').update(identityOf(identity)).digest('hex').slice(0, DIGEST_LENGTH);

const identityFrom = ({ Topics, GroupId, StartingPosition, StartingTimestamp }: Handed): TriggerIdentity => ({
  topics: Topics,
  groupId: GroupId,
  startingPosition: StartingPosition as StartingPosition,
  ...(StartingTimestamp !== undefined && { startingTimestamp: Number(StartingTimestamp) }),
});

function checkStartingPosition(text: string): void {
  if (startingPositions.some(each => each === text)) return;
  throw new Error(`starting position '${text}', it may be ${startingPositions.join(', ')}`);
}

function settingsFrom(handed: Handed): TriggerSettings {
  return triggerSettings({
    function: handed.Function,
    functionTimeoutMs: Number(handed.FunctionTimeoutMs),
    ...number('batchSize', handed.BatchSize),
    ...number('batchBytes', handed.BatchBytes),
    ...number('batchingWindowMs', handed.BatchingWindowMs),
    ...number('maximumRetryAttempts', handed.MaximumRetryAttempts),
    ...number('maximumRecordAgeMs', handed.MaximumRecordAgeMs),
    ...truth('bisectsOnError', handed.BisectsOnError),
    ...truth('reportsItemFailures', handed.ReportsItemFailures),
    ...truth('isEnabled', handed.IsEnabled),
    ...(handed.Filters && { filters: handed.Filters }),
    ...(handed.OnFailure !== undefined && { onFailure: handed.OnFailure }),
  });
}

const number = (name: keyof TriggerSettings, text: string | undefined) =>
  text === undefined ? {} : { [name]: Number(text) };

const truth = (name: keyof TriggerSettings, text: string | undefined) =>
  text === undefined ? {} : { [name]: text === 'true' };
