/** Members of one group that beat as often as they are told, in a time of their own: what they ask of the stores is counted. */
import { MemoryItemTable } from '../../lib/adapters/memory/item-table.ts';
import { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { LocalTailSignal } from '../../lib/adapters/system/local-tail-signal.ts';
import { commitOffsets } from '../../lib/groups/commit-offsets.ts';
import { type AssignedPartition, heartbeat } from '../../lib/groups/heartbeat.ts';
import { leaveGroup } from '../../lib/groups/leave-group.ts';
import { createGroupServices, type GroupServices } from '../../lib/groups/services.ts';
import { awsLogSettings } from '../../lib/log/deps.ts';
import { createLogServices } from '../../lib/log/log-services.ts';
import { noRollStarter } from '../../lib/ports/roll-starter.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { Meter, type Usage } from './meter.ts';

const GROUP = 'group';
const TOPIC = 'topic';

/** All join within so long, in milliseconds. */
const JOIN_WITHIN_MS = 2_000;

/** Nobody needs longer. */
const LONGEST_MS = 10 * 60_000;

interface BenchMember {
  readonly memberId: string;
  nextBeatAt: number;
  epoch: number;
  held: readonly AssignedPartition[];
  isSettled: boolean;
}

/** What a stretch of time took. */
export interface Counted {
  readonly seconds: number;
  readonly heartbeats: number;
  /** Of the member that had most. */
  readonly heartbeatsOfOne: number;
  readonly usage: Usage;
}

export interface GroupOptions {
  readonly members: number;
  readonly partitions: number;
  /** As often every member beats when it waits for nothing, in milliseconds. */
  readonly beatEveryMs: number;
}

export class BenchGroup {
  readonly #options: GroupOptions;
  readonly #clock = new ManualClock();
  readonly #meter = new Meter();
  readonly #services: GroupServices;
  readonly #random = new SeededRandom(7);
  #members: BenchMember[] = [];

  private constructor(options: GroupOptions) {
    this.#options = options;
    const clock = this.#clock;
    this.#services = createGroupServices(
      createLogServices({
        log: this.#meter.table(new MemoryItemTable()),
        cluster: this.#meter.table(new MemoryItemTable()),
        objects: this.#meter.objects(new MemoryObjectStore({ now: () => clock.now() })),
        clock,
        random: this.#random,
        tailSignal: new LocalTailSignal(),
        rollStarter: noRollStarter,
        settings: awsLogSettings,
      }),
    );
  }

  /** A group whose members are about to join. */
  static async open(options: GroupOptions): Promise<BenchGroup> {
    const group = new BenchGroup(options);
    await createTopic(group.#services, { name: TOPIC, partitions: options.partitions });
    group.#members = Array.from({ length: options.members }, (_, index) => group.#newMember(index));
    group.#meter.take();
    return group;
  }

  /** Beats until every partition has the owner that it is to have, and all know it. */
  async converge(): Promise<Counted> {
    const began = this.#clock.now();
    return this.#count(() => this.#clock.now() - began < LONGEST_MS && !this.#isConverged());
  }

  /** Beats for so long. */
  async beatFor(ms: number): Promise<Counted> {
    const until = this.#clock.now() + ms;
    return this.#count(() => this.#clock.now() < until);
  }

  async leaveOne(): Promise<void> {
    const left = this.#members.pop();
    if (left) await leaveGroup(this.#services, { groupId: GROUP, memberId: left.memberId, incarnation: left.memberId });
  }

  joinOne(): void {
    this.#members.push({ ...this.#newMember(this.#options.members), nextBeatAt: this.#clock.now() });
  }

  /** Has every member commit all its partitions, once. */
  async commitAll(offset: number): Promise<Counted> {
    this.#meter.take();
    for (const { memberId, held } of this.#members) {
      const offsets = held.map(({ topic, partition, since }) => ({ topic, partition, since, offset }));
      await commitOffsets(this.#services, { groupId: GROUP, member: { memberId, incarnation: memberId }, offsets });
    }
    return { seconds: 0, heartbeats: 0, heartbeatsOfOne: 0, usage: this.#meter.take() };
  }

  #newMember(index: number): BenchMember {
    const nextBeatAt = this.#clock.now() + this.#random.float() * JOIN_WITHIN_MS;
    return { memberId: `member-${index}`, nextBeatAt, epoch: 0, held: [], isSettled: false };
  }

  async #count(goesOn: () => boolean): Promise<Counted> {
    const began = this.#clock.now();
    const beats = new Map<BenchMember, number>();
    this.#meter.take();
    while (goesOn()) {
      const next = this.#members.reduce((first, each) => (each.nextBeatAt < first.nextBeatAt ? each : first));
      await this.#clock.advance(Math.max(0, next.nextBeatAt - this.#clock.now()));
      await this.#beat(next);
      beats.set(next, (beats.get(next) ?? 0) + 1);
    }
    const counts = [...beats.values()];
    return {
      seconds: (this.#clock.now() - began) / 1_000,
      heartbeats: counts.reduce((sum, count) => sum + count, 0),
      heartbeatsOfOne: Math.max(0, ...counts),
      usage: this.#meter.take(),
    };
  }

  async #beat(member: BenchMember): Promise<void> {
    const { memberId, epoch, held } = member;
    const answer = await heartbeat(this.#services, {
      groupId: GROUP,
      memberId,
      incarnation: memberId,
      joining: epoch === 0 ? settings : undefined,
      held: held.map(({ topic, partition, since }) => ({ topic, partition, since })),
    });
    member.isSettled = answer.epoch === epoch && answer.partitions.length === held.length;
    member.epoch = answer.epoch;
    member.held = answer.partitions;
    const { beatEveryMs } = this.#options;
    // told to come back as soon as at most, it waits for something
    const ms = answer.intervalMs < 5_000 ? answer.intervalMs : beatEveryMs;
    member.nextBeatAt = this.#clock.now() + ms * (0.95 + 0.1 * this.#random.float());
  }

  #isConverged(): boolean {
    const owned = new Set(this.#members.flatMap(({ held }) => held.map(({ partition }) => partition)));
    const epochs = new Set(this.#members.map(({ epoch }) => epoch));
    const held = this.#members.reduce((sum, member) => sum + member.held.length, 0);
    return (
      epochs.size === 1 &&
      owned.size === this.#options.partitions &&
      held === owned.size &&
      this.#members.every(({ isSettled }) => isSettled)
    );
  }
}

const settings = {
  subscription: { topics: [TOPIC] },
  clientId: 'bench',
  assignor: 'uniform',
  offsetReset: 'earliest',
  sessionTimeoutMs: 45_000,
  rebalanceTimeoutMs: 60_000,
} as const;
