/** What a run looks at from outside, again and again: what groups have committed, and what is in segments. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import type { Operation } from '../history/history.ts';
import { exchange, type HttpAnswer, ifGood } from '../history/http-exchange.ts';
import { CLICK, CLICK_PARTITIONS, GROUPS, PROFILE, PROFILE_PARTITIONS } from './settings.ts';

export interface WatchOptions {
  readonly client: MillraceClient;
  readonly url: string;
  readonly clusterId: string;
  readonly history: Operation[];
  readonly everyMs: number;
  readonly timeoutMs: number;
}

interface CommittedBody {
  readonly data: readonly { readonly topic_name: string; readonly partition_id: number; readonly offset: number }[];
}

export class Watch {
  looks = 0;
  /** Looks that found fewer bytes in the segments of a compacted partition than the one before. */
  compactions = 0;
  /** Every segment that was ever seen, by its place. */
  readonly segments = new Set<string>();
  readonly #options: WatchOptions;
  readonly #sizes = new Map<number, number>();
  readonly #watching: Promise<unknown>;
  #isStopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#watching = Promise.all([
      this.#repeat(() => this.#lookAtGroups()),
      this.#repeat(() => this.#lookAtSegments()),
    ]);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#watching;
  }

  async #repeat(look: () => Promise<void>): Promise<void> {
    while (!this.#isStopped) {
      // who is asked may be gone, and a group that has no member yet is not there
      await look().catch(() => {});
      await sleep(this.#options.everyMs);
    }
  }

  async #lookAtGroups(): Promise<void> {
    const { url, clusterId, history, timeoutMs } = this.#options;
    for (const group of GROUPS) {
      const path = `/v3/clusters/${clusterId}/consumer-groups/${group}/offsets`;
      const start = performance.now();
      const answer = await exchange({ url, timeoutMs }, { path }, ifGood(committedIn));
      const end = performance.now();
      if (answer.outcome !== 'ok') continue;
      this.looks++;
      for (const { topic_name, partition_id, offset } of answer.result) {
        const log = `${topic_name}#1/${partition_id}`;
        const told = { outcome: 'ok', result: { offset } } as const;
        history.push({ operation: 'committed', client: 'watch', start, end, log, group, answer: told });
      }
    }
  }

  async #lookAtSegments(): Promise<void> {
    const { client } = this.#options;
    for (let partition = 0; partition < CLICK_PARTITIONS; partition++) {
      for (const { baseOffset, lastOffset } of await client.listSegments({ topic: CLICK, partition })) {
        this.segments.add(`${partition}/${baseOffset}-${lastOffset}`);
      }
    }
    for (let partition = 0; partition < PROFILE_PARTITIONS; partition++) {
      const segments = await client.listSegments({ topic: PROFILE, partition });
      const size = segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
      if (size < (this.#sizes.get(partition) ?? 0)) this.compactions++;
      this.#sizes.set(partition, size);
    }
  }
}

const committedIn = ({ body }: HttpAnswer) => (body as CommittedBody).data;
