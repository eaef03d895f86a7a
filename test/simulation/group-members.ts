/** Members of a run's group that keep their positions themselves: they beat, read on, commit, leave, die and come back. */
import { commitOffsets } from '../../lib/groups/commit-offsets.ts';
import { type HeartbeatAnswer, heartbeat } from '../../lib/groups/heartbeat.ts';
import { leaveGroup } from '../../lib/groups/leave-group.ts';
import type { GroupServices } from '../../lib/groups/services.ts';
import { commitPositions, fetchFrom, GROUP, type Position, readParts } from './group-reading.ts';
import type { GroupScenario } from './group-scenario.ts';
import type { SimClient } from './sim-client.ts';

/** Both topics of a run. */
export const SUBSCRIBED = ['one', 'two'];

/** One process of a member. */
export class MemberProcess {
  readonly #client: SimClient;
  readonly #scenario: GroupScenario;
  readonly #memberId: string;
  readonly #incarnation: string;
  #epoch = 0;
  #held: readonly Position[] = [];
  /** What it held before its last change: a commit of it may come late. */
  #before: readonly Position[] = [];
  isFenced = false;

  constructor(client: SimClient, scenario: GroupScenario, incarnation: string) {
    this.#client = client;
    this.#scenario = scenario;
    this.#memberId = client.name;
    this.#incarnation = incarnation;
  }

  get held(): readonly Position[] {
    return this.#held;
  }

  get epoch(): number {
    return this.#epoch;
  }

  async beat(): Promise<void> {
    const isJoining = this.#epoch === 0;
    const start = this.#client.now;
    const answer = await this.#client.ask(services => this.#heartbeat(services, isJoining));
    if (isJoining) this.#writeJoin(start, answer.outcome === 'ok');
    if (answer.outcome === 'ok') this.#follow(answer.result);
    if (answer.outcome !== 'failed') return;
    this.isFenced ||= answer.code === 'FENCED_MEMBER_EPOCH';
    // it gives up all, and joins again
    if (answer.code === 'UNKNOWN_MEMBER_ID') [this.#epoch, this.#before, this.#held] = [0, this.#held, []];
  }

  async read(): Promise<void> {
    const positions = this.#held;
    if (positions.length === 0) return;
    const parts = readParts(positions, (results: Awaited<ReturnType<typeof fetchFrom>>, index) => results[index]);
    const answer = await this.#client.recordParts(parts, services => fetchFrom(services, positions));
    if (answer.outcome !== 'ok') return;
    const moved = await Promise.all(
      positions.map(async (each, index) => {
        const result = answer.result[index];
        if (result && !('error' in result)) return { ...each, position: result.nextOffset };
        const isOut = result?.error.code === 'OFFSET_OUT_OF_RANGE';
        return isOut ? { ...each, position: await this.#client.logStartOf(each) } : each;
      }),
    );
    this.#held = moved;
  }

  commit(): Promise<void> {
    return this.#commit(this.#held);
  }

  /** As a request does that was on its way for long. */
  commitLate(): Promise<void> {
    return this.#commit(this.#before);
  }

  #commit(positions: readonly Position[]): Promise<void> {
    const [member, incarnation] = [this.#memberId, this.#incarnation];
    const offsets = positions.map(({ topic, partition, since, position }) => ({
      topic,
      partition,
      since,
      offset: position,
    }));
    return commitPositions(this.#client, {
      positions,
      self: { member, incarnation },
      commit: services =>
        commitOffsets(services, { groupId: GROUP, member: { memberId: member, incarnation }, offsets }),
    });
  }

  async leave(): Promise<void> {
    const [memberId, incarnation] = [this.#memberId, this.#incarnation];
    await this.#client.ask(services => leaveGroup(services, { groupId: GROUP, memberId, incarnation }));
    [this.#epoch, this.#held] = [0, []];
  }

  #heartbeat(services: GroupServices, isJoining: boolean): Promise<HeartbeatAnswer> {
    const { offsetReset, sessionTimeoutMs, rebalanceTimeoutMs } = this.#scenario;
    const settings = {
      subscription: { topics: SUBSCRIBED },
      clientId: this.#memberId,
      assignor: 'uniform' as const,
      offsetReset,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
    };
    return heartbeat(services, {
      groupId: GROUP,
      memberId: this.#memberId,
      incarnation: this.#incarnation,
      joining: isJoining ? settings : undefined,
      held: isJoining ? [] : this.#held.map(({ topic, partition, since }) => ({ topic, partition, since })),
    });
  }

  #writeJoin(start: number, isOk: boolean): void {
    const answer = isOk ? ({ outcome: 'ok', result: {} } as const) : ({ outcome: 'unknown', error: '' } as const);
    const { offsetReset } = this.#scenario;
    this.#client.write({ operation: 'join', group: GROUP, offsetReset, start, end: this.#client.now, answer });
  }

  /** Goes on where it was in what it keeps, and begins what is new. */
  #follow({ epoch, partitions }: HeartbeatAnswer): void {
    const before = new Map(this.#held.map(each => [`${each.topic}/${each.partition}/${each.since}`, each]));
    this.#epoch = epoch;
    if (partitions.some(({ isNew }) => isNew) || partitions.length < this.#held.length) this.#before = this.#held;
    this.#held = partitions.flatMap(({ topic, partition, since, offset, isNew }) => {
      const kept = isNew ? undefined : before.get(`${topic}/${partition}/${since}`);
      const position = kept?.position ?? offset;
      return position === undefined ? [] : [{ topic, partition, since, position }];
    });
  }
}

/** A member that does one thing after the other; at times its process ends, and another takes its place, or both go on. */
export async function runMember(client: SimClient, scenario: GroupScenario, requests: number): Promise<void> {
  const { random } = client;
  let incarnations = 0;
  const next = () => new MemberProcess(client, scenario, `${client.name}-${incarnations++}`);
  let process = next();
  const zombies: MemberProcess[] = [];
  for (let request = 0; request < requests; request++) {
    await client.pause();
    const draw = random.float();
    const zombie = draw < 0.1 ? zombies[random.below(zombies.length)] : undefined;
    if (zombie) await (random.float() < 0.5 ? zombie.commit() : zombie.read());
    else if (process.isFenced || draw < 0.1 + scenario.zombieShare) {
      zombies.push(process);
      process = next();
      await process.beat();
    } else await actOne(process, random.float());
  }
  // what goes on commits once more
  for (const each of [...zombies, process]) await each.commit();
}

async function actOne(process: MemberProcess, draw: number): Promise<void> {
  if (process.epoch === 0 || draw < 0.45) return process.beat();
  if (draw < 0.72) return process.read();
  if (draw < 0.9) return process.commit();
  if (draw < 0.96) return process.commitLate();
  return process.leave();
}
