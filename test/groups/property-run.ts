/** One run of a group's property test: members and others whose requests overlap at every call, written down as a history. */
import { interceptItemTable } from '../../lib/adapters/memory/faults.ts';
import { commitStandalone, setOffsets } from '../../lib/groups/alter-offsets.ts';
import type { CommitResult } from '../../lib/groups/commit-offsets.ts';
import { readCommittedOf } from '../../lib/groups/read-offsets.ts';
import { createGroupServices, type GroupServices } from '../../lib/groups/services.ts';
import { createLogServices } from '../../lib/log/log-services.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { addPartitions } from '../../lib/topics/alter-topic.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import type { Operation } from '../history/history.ts';
import { Interleaver } from './interleaver.ts';
import { GROUP, type GroupWorld, groupWorld, settings, TestMember } from './world.ts';

export const MEMBERS = 4;

/** What happens next; numbers choose among what there is. */
export type Step =
  | { readonly kind: 'beat' | 'leave' | 'restart' | 'stale-commit'; readonly member: number }
  | { readonly kind: 'commit'; readonly member: number; readonly by: number }
  | { readonly kind: 'reset' | 'standalone'; readonly offset: number }
  | { readonly kind: 'committed' | 'grow' | 'topic' }
  | { readonly kind: 'pass'; readonly ms: number };

/** A step, and how many calls go on after it, each of those picked. */
export interface Turn {
  readonly step: Step;
  readonly releases: readonly number[];
}

const TOPICS = ['click', 'upload'];

export class PropertyRun {
  readonly history: Operation[] = [];
  readonly #world: GroupWorld;
  readonly #interleaver = new Interleaver();
  readonly #workers: readonly GroupServices[];
  readonly #members: TestMember[];
  /** What processes held once that hold it no more, or are no more. */
  readonly #once: { readonly member: TestMember; readonly held: TestMember['held'] }[] = [];
  readonly #busy = new Set<TestMember>();
  readonly #offsets = new Map<TestMember, number>();
  #time = 0;
  #incarnations = 0;
  #partitions = 3;

  private constructor(world: GroupWorld) {
    this.#world = world;
    const { deps } = world.worker;
    this.#workers = [1, 2].map(() => {
      const cluster = interceptItemTable(world.stores.cluster, this.#interleaver.intercept);
      return createGroupServices(createLogServices({ ...deps, cluster }));
    });
    this.#members = Array.from({ length: MEMBERS }, (_, index) => this.#newMember(index));
  }

  static async open(): Promise<PropertyRun> {
    return new PropertyRun(await groupWorld({ click: 3 }));
  }

  async take({ step, releases }: Turn): Promise<void> {
    void this.#begin(step);
    for (const pick of releases) await this.#interleaver.release(pick);
    if (step.kind === 'pass') await this.#world.stores.clock.advance(step.ms);
  }

  /** Lets all that is under way end. */
  end(picks: readonly number[]): Promise<void> {
    return this.#interleaver.releaseAll(picks);
  }

  /** Lets every member beat in turn, one after the other, so many times. */
  async rounds(count: number, ms: number): Promise<void> {
    const { services, stores } = this.#world;
    for (let round = 0; round < count; round++) {
      await stores.clock.advance(ms);
      for (const [index, member] of this.#members.entries()) {
        await member.beat(services).catch(() => {
          this.#members[index] = this.#newMember(index);
        });
      }
    }
  }

  /** Who holds each partition, by its name. */
  holders(): Map<string, string[]> {
    const holders = new Map<string, string[]>();
    for (const { memberId, partitions } of this.#members) {
      for (const at of partitions) holders.set(at, [...(holders.get(at) ?? []), memberId]);
    }
    return holders;
  }

  /** All that there are. */
  async partitions(): Promise<string[]> {
    const { services } = this.#world;
    const topics = await Promise.all(TOPICS.map(name => services.topics.read(name).catch(() => undefined)));
    return topics.flatMap(topic =>
      Array.from({ length: topic?.partitions ?? 0 }, (_, partition) => `${topic?.name}-${partition}`),
    );
  }

  /** Whether every member may commit what it holds. */
  async commitAll(): Promise<readonly CommitResult[]> {
    const { services } = this.#world;
    const results = await Promise.all(this.#members.map(member => member.commit(services, 1_000)));
    return results.flat();
  }

  #newMember(index: number): TestMember {
    return new TestMember(`m${index}`, settings(TOPICS), `m${index}-${this.#incarnations++}`);
  }

  /** A worker for a request, in turn. */
  get #services(): GroupServices {
    return this.#workers[this.#time % this.#workers.length] as GroupServices;
  }

  async #begin(step: Step): Promise<void> {
    switch (step.kind) {
      case 'beat':
        return this.#ofMember(step.member, async member => {
          const { held } = member;
          await member.beat(this.#services);
          if (held.some(each => !member.held.some(kept => kept.since === each.since)))
            this.#once.push({ member, held });
        });
      case 'leave':
        return this.#ofMember(step.member, async member => {
          await member.leave(this.#services);
          member.epoch = 0;
        });
      case 'restart': {
        const old = this.#members[step.member] as TestMember;
        this.#once.push({ member: old, held: old.held });
        this.#members[step.member] = this.#newMember(step.member);
        return;
      }
      case 'commit':
        return this.#ofMember(step.member, member => this.#commit(member, step.by));
      case 'stale-commit': {
        const once = this.#once[this.#once.length - 1 - (step.member % Math.max(1, this.#once.length))];
        return once && this.#commit(once.member, 5, once.held);
      }
      case 'reset':
        return this.#set('reset', step.offset, setOffsets);
      case 'standalone':
        return this.#set('commit', step.offset, commitStandalone);
      case 'committed':
        return this.#committed();
      case 'grow':
        await addPartitions(this.#world.services, 'click', ++this.#partitions).catch(() => undefined);
        return;
      case 'topic':
        await createTopic(this.#world.services, { name: 'upload', partitions: 2 }).catch(() => undefined);
        return;
      case 'pass':
        return;
    }
  }

  /** One request of a member at a time. */
  async #ofMember(index: number, act: (member: TestMember) => Promise<unknown>): Promise<void> {
    const member = this.#members[index] as TestMember;
    if (this.#busy.has(member)) return;
    this.#busy.add(member);
    try {
      await act(member);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      if (error.code === 'UNKNOWN_MEMBER') {
        this.#once.push({ member, held: member.held });
        [member.epoch, member.held] = [0, []];
      }
      if (error.code === 'FENCED_MEMBER') this.#members[index] = this.#newMember(index);
    } finally {
      this.#busy.delete(member);
    }
  }

  async #commit(member: TestMember, by: number, held = member.held): Promise<void> {
    const offset = (this.#offsets.get(member) ?? 0) + by;
    this.#offsets.set(member, offset);
    const start = ++this.#time;
    const results = await member.commit(this.#services, offset, held).catch(() => []);
    const end = ++this.#time;
    for (const [index, { topic, partition, since }] of held.entries()) {
      const right = { member: member.memberId, incarnation: member.incarnation, since };
      const answer = answerOf(results[index]);
      this.#write({ operation: 'commit', log: `${topic}#1/${partition}`, offset, right, answer }, start, end);
    }
  }

  async #set(operation: 'reset' | 'commit', offset: number, set: typeof setOffsets): Promise<void> {
    const start = ++this.#time;
    const offsets = [{ topic: 'click', partition: 0, offset }];
    const results = await set(this.#services, { groupId: GROUP, offsets }).catch((error: unknown) => {
      if (error instanceof MillraceError) return [{ error }];
      throw error;
    });
    const answer = answerOf(results[0]);
    this.#write({ operation, log: 'click#1/0', offset, answer }, start, ++this.#time);
  }

  async #committed(): Promise<void> {
    const start = ++this.#time;
    const found = await readCommittedOf(this.#services, GROUP, { topic: 'click', partition: 0 }).catch(
      () => 'failed' as const,
    );
    if (found === 'failed') return;
    const answer = { outcome: 'ok', result: found ? { offset: found.offset } : {} } as const;
    this.#write({ operation: 'committed', log: 'click#1/0', answer }, start, ++this.#time);
  }

  #write(operation: object, start: number, end: number): void {
    this.history.push({ client: 'c', group: GROUP, start, end, ...operation } as Operation);
  }
}

/** Nothing is known where there is no result. */
function answerOf(result: CommitResult | undefined): Operation['answer'] {
  if (!result) return { outcome: 'unknown', error: 'no result' };
  if (!result.error) return { outcome: 'ok', result: {} } as Operation['answer'];
  const { code, message, outcome } = result.error;
  return outcome === 'unknown' ? { outcome, error: message } : { outcome: 'failed', code, error: message };
}
