/** Consumers of a group on a server in memory, whose clock is theirs too and moves only when told. */
import { setImmediate } from 'node:timers/promises';
import type { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { GroupConsumer, type GroupConsumerOptions } from '../../lib/client/group-consumer.ts';
import type { GroupPage } from '../../lib/client/group-member.ts';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import type { ClientTiming } from '../../lib/client/timing.ts';
import { createApp } from '../../lib/http/app.ts';
import type { TailSignal } from '../../lib/ports/tail-signal.ts';
import { send, testApp } from '../http/support.ts';
import { drive } from '../support/drive.ts';

export const GROUP = 'counts';
export const TOPIC = 'click';

/** Event loop turns in which a request is answered that waits for nothing. */
const TURNS = 20;

type Fetch = typeof globalThis.fetch;

export class GroupWorld {
  readonly clock: ManualClock;
  readonly client: MillraceClient;
  readonly fetch: Fetch;
  #seed = 0;

  private constructor(clock: ManualClock, fetch: Fetch) {
    this.clock = clock;
    this.fetch = fetch;
    this.client = this.newClient();
  }

  /** @param partitions of the topic */
  static async create(partitions = 2): Promise<GroupWorld> {
    const { services, stores, topic } = await testApp();
    await topic(TOPIC, partitions);
    const app = createApp({ ...services, tailSignal: new SilentTail(stores.clock) });
    const fetch: Fetch = async (input, init) => {
      const { signal = null, ...rest } = init ?? {};
      const answer = Promise.resolve(app.request(new Request(String(input), rest)));
      return signal ? Promise.race([answer, aborted(signal)]) : answer;
    };
    return new GroupWorld(stores.clock, fetch);
  }

  newClient(fetch = this.fetch, timing = this.timing()): MillraceClient {
    return new MillraceClient({ url: 'http://memory', fetch, timing });
  }

  timing(): ClientTiming {
    const random = new SeededRandom(this.#seed++);
    // a server's clock has whole milliseconds
    const sleep = (ms: number) => this.clock.sleep(Math.ceil(ms));
    return {
      sleep: (ms, signal) => (signal ? Promise.race([sleep(ms), aborted(signal)]) : sleep(ms)),
      now: () => this.clock.monotonic(),
      random: () => random.float(),
    };
  }

  /** Begins to consume. */
  consume(options: Partial<GroupConsumerOptions> = {}, client = this.client): TestConsumer {
    return new TestConsumer(client, {
      group: GROUP,
      topics: [TOPIC],
      autoOffsetReset: 'earliest',
      sessionTimeoutMs: 6_000,
      ...options,
    });
  }

  /** Numbers from `first` on, as the values of `count` records. */
  async produce(partition: number, count: number, first = 0): Promise<void> {
    const records = Array.from({ length: count }, (_, index) => ({ key: null, value: first + index }));
    const results = await this.drive(this.client.produce({ topic: TOPIC, partition, records }));
    const refused = results.find(result => 'error' in result);
    if (refused) throw new Error(`not produced: ${refused.error}`);
  }

  /** Those below the offset. */
  async deleteRecords(partition: number, offset: number): Promise<void> {
    const path = `/v3/clusters/${await this.client.clusterId()}/topics/${TOPIC}/records:delete`;
    const body = { partitions: [{ partition_id: partition, offset }] };
    const answer = await this.drive(this.fetch(`http://memory${path}`, send(body)));
    if (!answer.ok) throw new Error(await answer.text());
  }

  async committed(): Promise<readonly number[]> {
    return (await this.drive(this.client.groups.committed(GROUP))).map(({ offset }) => offset);
  }

  drive<T>(work: Promise<T>): Promise<T> {
    return drive(this.clock, work);
  }

  async pass(ms: number): Promise<void> {
    const end = this.clock.monotonic() + ms;
    await turns();
    while (this.clock.monotonic() < end) {
      await this.clock.advance(Math.min(50, end - this.clock.monotonic()));
      await turns();
    }
  }
}

/** Wakes nobody before it is time to look again, which the clock says. */
class SilentTail implements TailSignal {
  readonly isClosed = false;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  mark(): number {
    return 0;
  }

  notify(): void {}

  wait(_logKeys: ReadonlySet<string>, _mark: number, ms: number): Promise<void> {
    return this.#clock.sleep(ms);
  }
}

/** Takes each page as soon as it is given; or keeps it for as long as it is told to. */
export class TestConsumer {
  readonly consumer: GroupConsumer;
  /** Values, in the order in which they came. */
  readonly values: unknown[] = [];
  readonly pages: GroupPage[] = [];
  error: unknown;
  hasEnded = false;
  #busy: PromiseWithResolvers<void> | undefined;

  constructor(client: MillraceClient, options: GroupConsumerOptions) {
    this.consumer = new GroupConsumer(client, options);
    this.#run().catch(error => {
      this.error = error;
    });
  }

  get partitions(): readonly number[] {
    return this.consumer.assignment.map(({ partition }) => partition).toSorted();
  }

  /** From the next page on. */
  stall(): void {
    this.#busy = Promise.withResolvers();
  }

  goOn(): void {
    this.#busy?.resolve();
    this.#busy = undefined;
  }

  async #run(): Promise<void> {
    try {
      for await (const page of this.consumer) {
        this.pages.push(page);
        this.values.push(...page.records.map(({ value }) => value));
        await this.#busy?.promise;
      }
    } finally {
      this.hasEnded = true;
    }
  }
}

/** What a process sends and hears; nothing while it is frozen. */
export class Freezer {
  #frozen: PromiseWithResolvers<void> | undefined;

  freeze(): void {
    this.#frozen = Promise.withResolvers();
  }

  thaw(): void {
    this.#frozen?.resolve();
    this.#frozen = undefined;
  }

  fetch(fetch: Fetch): Fetch {
    return async (input, init) => {
      await this.#frozen?.promise;
      const answer = await fetch(input, init);
      await this.#frozen?.promise;
      return answer;
    };
  }

  timing(timing: ClientTiming): ClientTiming {
    const sleep: ClientTiming['sleep'] = async (ms, signal) => {
      await timing.sleep(ms, signal);
      await this.#frozen?.promise;
    };
    return { ...timing, sleep };
  }
}

/** The requests of members, each with its body, and whether one of them ever began before another of the same member had ended. */
export class MemberRequests {
  readonly all: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
  overlapped = false;
  readonly #underWay = new Set<unknown>();

  fetch(fetch: Fetch): Fetch {
    return async (input, init) => {
      const { pathname: path } = new URL(String(input));
      const body = typeof init?.body === 'string' ? JSON.parse(init.body) : {};
      const id = body.member_id;
      if (id === undefined) return fetch(input, init);
      this.all.push({ path, body });
      this.overlapped ||= this.#underWay.has(id);
      this.#underWay.add(id);
      try {
        return await fetch(input, init);
      } finally {
        this.#underWay.delete(id);
      }
    };
  }

  count(what: 'poll' | 'heartbeat' | 'commit'): number {
    return this.all.filter(({ path }) => path.endsWith(`:${what}`)).length;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate();
}
