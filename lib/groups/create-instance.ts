/** Creating and deleting consumer instances. */
import { autoCommit } from './auto-commit.ts';
import type { ConsumerInstance, OffsetReset } from './cells.ts';
import { findMember } from './find-member.ts';
import type { InstanceName } from './instance.ts';
import { instanceOf } from './instance.ts';
import { joinGroup } from './join-group.ts';
import { leaveGroup } from './leave-group.ts';
import { received } from './poll-instance.ts';
import type { GroupServices } from './services.ts';

/** How long an instance may be silent, as in Confluent's: nothing but its requests says that it lives. */
export const INSTANCE_TIMEOUT_MS = 300_000;

/** How long an instance that lives may keep a partition that is another's. */
const REBALANCE_TIMEOUT_MS = 60_000;

export interface CreateInstanceRequest {
  readonly groupId: string;
  /** Drawn, where it is left out. */
  readonly name?: string | undefined;
  readonly format: ConsumerInstance['format'];
  readonly autoCommit: boolean;
  readonly offsetReset: OffsetReset;
  /** Bytes for which a poll waits. */
  readonly fetchMinBytes: number;
  /** How long a poll waits that does not say, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly sessionTimeoutMs?: number | undefined;
}

/**
 * @returns the instance's id, which is its name where it has one
 * @throws MillraceError CONSUMER_EXISTS, INVALID_GROUP_ID
 */
export async function createInstance(services: GroupServices, request: CreateInstanceRequest): Promise<string> {
  const { groupId, name, offsetReset, sessionTimeoutMs = INSTANCE_TIMEOUT_MS, ...own } = request;
  const incarnation = services.random.id();
  const instanceId = name ?? `rest-consumer-${incarnation}`;
  const { format, autoCommit: isAutoCommitted, fetchMinBytes, requestTimeoutMs } = own;
  await joinGroup(services, {
    groupId,
    memberId: instanceId,
    incarnation,
    // of two requests that create it at once, both may be this one
    mayReplace: member => member.incarnation === incarnation,
    settings: {
      subscription: { topics: [] },
      clientId: instanceId,
      assignor: 'uniform',
      offsetReset,
      sessionTimeoutMs,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      instance: {
        format,
        autoCommit: isAutoCommitted,
        fetchMinBytes,
        requestTimeoutMs,
        isManual: false,
        held: [],
        pollId: '',
        autoCommittedAt: services.clock.now(),
      },
    },
  });
  return instanceId;
}

export interface DeleteInstanceRequest extends InstanceName {
  /** Names the last answer that the client has; left out by clients that do not say. */
  readonly pollId?: string | undefined;
}

/** Ends an instance; one that commits by itself commits all that its client has. @throws MillraceError UNKNOWN_MEMBER */
export async function deleteInstance(
  services: GroupServices,
  { groupId, instanceId, pollId }: DeleteInstanceRequest,
): Promise<void> {
  const found = await findMember(services, { groupId, memberId: instanceId });
  const instance = instanceOf(found);
  const { held } = pollId === undefined || pollId === instance.pollId ? received(instance) : instance;
  if (instance.autoCommit) await autoCommit(services, found, held);
  await leaveGroup(services, { groupId, memberId: instanceId, incarnation: found.member.incarnation });
}
