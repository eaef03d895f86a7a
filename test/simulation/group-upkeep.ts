/** What goes on beside the members of a run's group: its offsets are read, set and reset, it is deleted, and swept. */
import { commitStandalone, deleteOffsets, setOffsets } from '../../lib/groups/alter-offsets.ts';
import { deleteGroup } from '../../lib/groups/delete-group.ts';
import { readCommittedOf } from '../../lib/groups/read-offsets.ts';
import { sweepGroups } from '../../lib/groups/sweep-groups.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { GROUP, outcomeOf } from './group-reading.ts';
import type { GroupScenario, GroupUpkeep } from './group-scenario.ts';
import { drawWeighted } from './scenario.ts';
import type { SimClient } from './sim-client.ts';
import type { SimWorker } from './sim-worker.ts';
import { DAY, MINUTE } from './time.ts';
import type { Place } from './topic-lives.ts';

/** Longer than any run: what nobody uses stays. */
const KEPT_MS = 1_000 * DAY;

/** Offsets beyond the ends of most logs. */
const OFFSETS = 30;

export async function runGroupUpkeep(client: SimClient, scenario: GroupScenario, requests: number): Promise<void> {
  for (let request = 0; request < requests; request++) {
    await client.pause();
    await doOne(client, drawWeighted(client.random, scenario.upkeep), client.topics.draw(client.random));
  }
}

async function doOne(client: SimClient, upkeep: GroupUpkeep, place: Place): Promise<void> {
  const offset = client.random.below(OFFSETS);
  const offsets = [{ ...place, offset }];
  switch (upkeep) {
    case 'committed':
      await readCommitted(client, place);
      return;
    case 'standalone':
      await setOne(client, place, { operation: 'commit', offset, isStandalone: true }, services =>
        commitStandalone(services, { groupId: GROUP, offsets }),
      );
      return;
    case 'reset':
      await setOne(client, place, { operation: 'reset', offset }, services =>
        setOffsets(services, { groupId: GROUP, offsets }),
      );
      return;
    case 'forget':
      await setOne(client, place, { operation: 'reset', offset: 0 }, services =>
        deleteOffsets(services, { groupId: GROUP, partitions: [place] }),
      );
      return;
    case 'delete':
      await deleteAll(client);
      return;
    case 'sweep':
      await client.ask(services =>
        sweepGroups(services, { deadline: deadlineIn(services.clock, MINUTE), offsetsRetentionMs: KEPT_MS }),
      );
  }
}

/** How far the group has read a log, as it is told; a group that is not there has read nothing. */
export async function readCommitted(client: SimClient, place: Place, worker?: SimWorker): Promise<number | undefined> {
  const answer = await client.record(
    place,
    { operation: 'committed', group: GROUP },
    async services => {
      try {
        const found = await readCommittedOf(services, GROUP, place);
        return found ? { offset: found.offset } : {};
      } catch (error) {
        if (error instanceof MillraceError && error.code === 'UNKNOWN_GROUP') return {};
        throw error;
      }
    },
    worker,
  );
  return answer.outcome === 'ok' ? answer.result.offset : undefined;
}

interface SetOne {
  readonly operation: 'commit' | 'reset';
  readonly offset: number;
  readonly isStandalone?: boolean;
}

async function setOne(
  client: SimClient,
  place: Place,
  asked: SetOne,
  set: (services: Parameters<typeof setOffsets>[0]) => ReturnType<typeof setOffsets>,
): Promise<void> {
  const outcome = (results: Awaited<ReturnType<typeof setOffsets>>) => outcomeOf(results[0]);
  await client.recordParts([{ place, asked: { ...asked, group: GROUP }, outcomeOf: outcome }], set);
}

/** With the group go its offsets. */
async function deleteAll(client: SimClient): Promise<void> {
  const parts = client.topics.places.map(place => ({
    place,
    asked: { operation: 'reset', group: GROUP, offset: 0 } as const,
    outcomeOf: () => ({ outcome: 'ok', result: {} }) as const,
  }));
  await client.recordParts(parts, services => deleteGroup(services, GROUP));
}
