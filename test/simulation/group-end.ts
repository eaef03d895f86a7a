/** Once all faults are over, a new member of a run's group is given every partition within a bound, and reads and commits them to their ends. */
import { MemberProcess } from './group-members.ts';
import { GROUP } from './group-reading.ts';
import type { GroupScenario } from './group-scenario.ts';
import type { SimClient } from './sim-client.ts';
import { SECOND } from './time.ts';
import type { World } from './world.ts';

/** Longer than the longest session and rebalance timeout together, in beats. */
const BEATS = 40;
const BEAT_MS = 5 * SECOND;

/** Reads that take any log of a run to its end. */
const READS = 200;

export async function consumeAll(client: SimClient, { schedule }: World, scenario: GroupScenario): Promise<void> {
  const member = new MemberProcess(client, scenario, 'consumer-0');
  const { places } = client.topics;
  for (let beat = 0; beat < BEATS && member.held.length < places.length; beat++) {
    await schedule.sleep(BEAT_MS);
    await member.beat();
  }
  if (member.held.length < places.length)
    return fail(client, `${BEATS} beats gave ${member.held.length} of ${places.length} partitions`);
  let before = '';
  for (let read = 0; read < READS; read++) {
    await member.read();
    const now = JSON.stringify(member.held);
    if (now === before) return member.commit();
    before = now;
  }
  return fail(client, `${READS} reads did not come to the end`);
}

/** Written down as a request of the calm that failed. */
function fail(client: SimClient, error: string): void {
  const [place] = client.topics.places;
  if (!place) return;
  const { now } = client;
  const answer = { outcome: 'failed', code: 'unavailable', error } as const;
  client.write({ operation: 'committed', group: GROUP, log: client.topics.logOf(place), start: now, end: now, answer });
}
