/** What goes on beside the runners of a run's trigger: the timers, who owns it, and others that want its group. */
import { commitStandalone } from '../../lib/groups/alter-offsets.ts';
import { deleteGroup } from '../../lib/groups/delete-group.ts';
import { sweepGroups } from '../../lib/groups/sweep-groups.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { createTrigger } from '../../lib/triggers/create-trigger.ts';
import { startDue, sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import type { RivalOwners } from './rival-owners.ts';
import { drawWeighted } from './scenario.ts';
import type { SimClient } from './sim-client.ts';
import { MINUTE } from './time.ts';
import { TRIGGER } from './trigger-name.ts';
import type { TriggerOwner } from './trigger-owner.ts';
import type { TriggerUpkeep } from './trigger-scenario.ts';
import type { Request } from './worker-pool.ts';

const TASK_MS = MINUTE;

/** Offsets beyond the ends of most logs. */
const OFFSETS = 30;

interface UpkeepParams {
  readonly owner: TriggerOwner;
  /** Has everybody wait until what is due is done. */
  readonly quiet: () => Promise<void>;
  /** Writes down how far the trigger has come, where nothing keeps it from the end. */
  readonly look: () => Promise<void>;
  readonly requests: number;
}

export async function runTriggerUpkeep(
  client: SimClient,
  { owner, quiet, look, requests }: UpkeepParams,
): Promise<void> {
  const { upkeep } = owner.scenario;
  for (let request = 0; request < requests; request++) {
    await client.pause();
    const draw = drawWeighted(client.random, upkeep);
    if (draw === 'due') await client.ask(services => startDue(services, deadlineIn(services.clock, TASK_MS)));
    else if (draw === 'sweep')
      await client.ask(services => sweepTriggers(services, deadlineIn(services.clock, TASK_MS)));
    else if (draw === 'quiet') await quiet();
    else if (draw === 'look') await look();
    else if (!owner.isKnown) await owner.find(client);
    else await doOne(client, owner, draw);
  }
}

function doOne(
  client: SimClient,
  owner: TriggerOwner,
  upkeep: Exclude<TriggerUpkeep, 'due' | 'sweep' | 'quiet' | 'look'>,
): Promise<void> {
  switch (upkeep) {
    case 'turn':
      return owner.turn(client);
    case 'change':
      return owner.change(client);
    case 'reset':
      return owner.pauseAndReset(client);
    case 'remove':
      return owner.remove(client);
    case 'intrude':
      return intrude(client);
  }
}

/** One of several owners of a trigger, who also looks for what is due, and at everything. */
export async function runRival(client: SimClient, rivals: RivalOwners, requests: number): Promise<void> {
  const { upkeep, lives } = rivals.scenario;
  if (!lives) return;
  for (let request = 0; request < requests; request++) {
    await client.pause();
    const draw = drawWeighted(client.random, { ...lives.upkeep, due: upkeep.due / 3, sweep: upkeep.sweep / 3 });
    if (draw === 'due') await client.ask(services => startDue(services, deadlineIn(services.clock, TASK_MS)));
    else if (draw === 'sweep')
      await client.ask(services => sweepTriggers(services, deadlineIn(services.clock, TASK_MS)));
    else await rivals.act(client, draw);
  }
}

/** Asks for what is refused as long as the group is a trigger's. */
async function intrude(client: SimClient): Promise<void> {
  const offset = client.random.below(OFFSETS);
  const offsets = [{ ...client.topics.draw(client.random), offset }];
  const wishes: readonly Request<unknown>[] = [
    services => commitStandalone(services, { groupId: TRIGGER, offsets }),
    services => deleteGroup(services, TRIGGER),
    services => sweepGroups(services, { deadline: deadlineIn(services.clock, TASK_MS), offsetsRetentionMs: MINUTE }),
    services =>
      createTrigger(services, {
        name: 'intruder',
        topics: ['one'],
        groupId: TRIGGER,
        startingPosition: 'TRIM_HORIZON',
        ...triggerSettings({ function: 'intruder' }),
      }),
  ];
  const wish = wishes[client.random.below(wishes.length)];
  if (wish) await client.ask(wish);
}
