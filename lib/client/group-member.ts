/**
 * One member of a group: what it holds, and its requests, of which one is under way at a time.
 *
 * A partition that is missing from an answer is given up: what was read of it is committed, while it is still the member's to
 * commit, and only then does the member say that it holds it no more. A page that is being read is waited for.
 */
import type { Page, TopicPartition } from './api-shapes.ts';
import type {
  GrantedPartition,
  MemberAnswer,
  MemberIdentity,
  MemberSettings,
  PolledPartition,
  PollParams,
} from './group-shapes.ts';
import type { GroupsApi } from './groups-api.ts';
import { type HeldPartition, HeldPartitions, isAhead } from './held-partitions.ts';
import type { MemberApi } from './member-api.ts';
import { RequestError } from './request-error.ts';
import type { ClientTiming } from './timing.ts';

/** The member epoch of who is none yet. */
const JOINS = 0;

/** A page of one of the group's partitions. */
export interface GroupPage extends Page, TopicPartition {}

/** A page, and the partition as it was held when it came. */
export interface HeldPage {
  readonly page: GroupPage;
  readonly from: HeldPartition;
}

export interface PolledPages {
  readonly pages: readonly HeldPage[];
  /** Whether a partition could not be read for now. */
  readonly isHeldUp: boolean;
}

export interface GroupMemberOptions {
  readonly identity: MemberIdentity;
  readonly settings: MemberSettings;
  /** Told what the member has whenever that has changed. */
  readonly onAssignment: (partitions: readonly TopicPartition[]) => void;
}

export class GroupMember {
  readonly #api: MemberApi;
  readonly #timing: ClientTiming;
  readonly #options: GroupMemberOptions;
  readonly #held = new HeldPartitions();
  #reading: HeldPage | undefined;
  #epoch = JOINS;
  #intervalMs = 0;
  #dueAt = 0;
  #told = '[]';
  #last: Promise<unknown> = Promise.resolve();

  constructor(groups: GroupsApi, timing: ClientTiming, options: GroupMemberOptions) {
    this.#api = groups.member(options.identity);
    this.#timing = timing;
    this.#options = options;
  }

  /** The partitions that it has. */
  get assignment(): readonly TopicPartition[] {
    return this.#held.own;
  }

  /** Milliseconds until it is to be heard of again; none where it is no member. */
  get dueInMs(): number | undefined {
    return this.#epoch === JOINS ? undefined : Math.max(0, this.#dueAt - this.#timing.now());
  }

  /** Whether more was read than is committed. */
  get isAhead(): boolean {
    return this.#held.all.some(isAhead);
  }

  /**
   * Reads on, and joins first where it is no member. To be asked for when all that it gave before was read.
   *
   * @throws RequestError UNKNOWN_MEMBER, UNKNOWN_GROUP: it has given up all, and joins the next time; FENCED_MEMBER
   */
  poll(params: Pick<PollParams, 'commit' | 'maxWaitMs' | 'maxBytes' | 'signal'>): Promise<PolledPages> {
    return this.#alone(async () => {
      await this.#giveUpLost();
      const sent = this.#held.all;
      const held = sent.map(({ read: position, ...right }) => ({ ...right, position }));
      // without a partition there is nothing to wait for, and who is expected back soon is back by then
      const maxWaitMs = held.length === 0 ? 0 : Math.min(params.maxWaitMs, this.#intervalMs);
      const late = this.#timing.now() + maxWaitMs;
      const answer = await this.#api.poll({ ...params, ...this.#beat(), maxWaitMs, held });
      if (params.commit) for (const each of sent) each.committed = each.read;
      const stopped = answer.partitions.find(({ error }) => error && !this.#goesOn(error));
      if (stopped?.error) throw stopped.error;
      this.#follow(answer, late, ({ records, position = 0 }) => records[0]?.offset ?? position);
      await this.#giveUpLost();
      return this.#pagesOf(answer.partitions);
    });
  }

  /** Says that the member lives, unless another request did meanwhile, and learns what it has. @throws RequestError as `poll` does */
  heartbeat(): Promise<void> {
    return this.#alone(async () => {
      if (this.dueInMs !== 0) return;
      const late = this.#timing.now();
      const answer = await this.#api.heartbeat({ ...this.#beat(), held: this.#held.all });
      // what has no offset to begin at is left to a poll, which fails by it
      const partitions = answer.partitions.filter(each => this.#held.find(each) || each.position !== undefined);
      this.#follow({ ...answer, partitions }, late, ({ position = 0 }) => position);
      await this.#giveUpLost();
    });
  }

  /** Commits what was read. What is not the member's any more is passed over: who has it now begins where it was committed. */
  commit(): Promise<void> {
    return this.#alone(() => this.#commit(this.#held.all));
  }

  leave(options: { readonly keepPartitions: boolean }): Promise<void> {
    return this.#alone(() => this.#api.leave(options));
  }

  /** The page goes to the caller. */
  beginRead(page: HeldPage): void {
    this.#reading = page;
  }

  /** The page with the caller, if there is one, was read. */
  countAsRead(): void {
    if (this.#reading) this.#reading.from.read = this.#reading.page.nextOffset;
  }

  endRead(): void {
    this.countAsRead();
    this.#reading = undefined;
  }

  /** After all that was asked for before. Who learns that it is no member has nothing any more. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work).catch(error => {
      if (isGone(error)) this.#giveUpAll();
      throw error;
    });
    this.#last = done.catch(() => {});
    return done;
  }

  #beat() {
    return { memberEpoch: this.#epoch, settings: this.#epoch === JOINS ? this.#options.settings : undefined };
  }

  /** @param late when the answer was to be had: what came later, to a process that was frozen, may be long past */
  #follow<P extends GrantedPartition>(answer: MemberAnswer<P>, late: number, startOf: (partition: P) => number): void {
    this.#epoch = answer.memberEpoch;
    this.#intervalMs = answer.heartbeatIntervalMs;
    this.#dueAt = Math.min(late, this.#timing.now()) + answer.heartbeatIntervalMs;
    this.#held.follow(answer.partitions, startOf);
    this.#tell();
  }

  #pagesOf(partitions: readonly PolledPartition[]): PolledPages {
    const pages = partitions.flatMap(({ topic, partition, assignmentEpoch, position = 0, records, highWatermark }) => {
      const from = this.#held.find({ topic, partition, assignmentEpoch });
      if (!from) return [];
      if (records.length > 0) return { from, page: { topic, partition, records, nextOffset: position, highWatermark } };
      // past records that are gone, or where the partition begins now
      from.read = position;
      return [];
    });
    return { pages, isHeldUp: partitions.some(({ error }) => error) };
  }

  /** Whether reading goes on after an error of a partition: it may pass, or the server has begun the partition anew. */
  #goesOn({ code, retriable }: RequestError): boolean {
    if (code === 'OFFSET_OUT_OF_RANGE') return this.#options.settings.autoOffsetReset !== 'none';
    return retriable || code === 'UNKNOWN_TOPIC' || code === 'UNKNOWN_PARTITION';
  }

  async #giveUpLost(): Promise<void> {
    const given = this.#held.lost.filter(each => each !== this.#reading?.from);
    await this.#commit(given);
    this.#held.giveUp(given);
  }

  #giveUpAll(): void {
    this.#held.giveUp(this.#held.all);
    this.#epoch = JOINS;
    this.#intervalMs = 0;
    this.#tell();
  }

  async #commit(partitions: readonly HeldPartition[]): Promise<void> {
    const ahead = partitions.filter(isAhead).map(from => ({ from, position: from.read }));
    if (ahead.length === 0) return;
    const results = await this.#api.commit(ahead.map(({ from, position }) => ({ ...from, position })));
    const refused = results.find(({ error }) => error && !isLoss(error));
    if (refused?.error) throw refused.error;
    for (const { from, position } of ahead) from.committed = position;
  }

  #tell(): void {
    const { own } = this.#held;
    const told = JSON.stringify(own);
    if (told === this.#told) return;
    this.#told = told;
    this.#options.onAssignment(own);
  }
}

/** Whether the member has to join again. */
export const isGone = (error: unknown): boolean =>
  error instanceof RequestError && (error.code === 'UNKNOWN_MEMBER' || error.code === 'UNKNOWN_GROUP');

/** Whether a partition is not the member's to commit any more, or not there. */
const isLoss = ({ code }: RequestError): boolean =>
  code === 'NOT_ASSIGNED' || code === 'UNKNOWN_TOPIC' || code === 'UNKNOWN_PARTITION';
