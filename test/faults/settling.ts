/**
 * The end of a run: waits until both groups and the trigger have come to the end of the log, and something was rolled and compacted; and
 * says what is left.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { RequestError } from '../../lib/client/request-error.ts';
import type { ProgressOperation } from '../history/history.ts';
import { CLICK, CLICK_PARTITIONS, GROUPS, PROFILE, TRIGGER } from './settings.ts';
import type { Target } from './target.ts';

const LOOK_EVERY_MS = 500;
const UPKEEP_EVERY_MS = 5_000;

export interface SettlingOptions {
  readonly client: MillraceClient;
  readonly target: Target;
  /** Under which the groups know the members that live. */
  readonly members: { readonly ids: readonly string[] };
}

export class Settling {
  readonly #options: SettlingOptions;
  #upkeepAt = Number.NEGATIVE_INFINITY;
  #wasUpkept = false;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** @returns what is left when the time is over; nothing, where all is processed and every partition is a living member's */
  async settle(): Promise<string> {
    const { settlesWithinMs } = this.#options.target.pace;
    for (const until = performance.now() + settlesWithinMs; ; await sleep(LOOK_EVERY_MS)) {
      await this.#keepUp();
      const left = await this.#left().catch((error: unknown) => {
        if (error instanceof RequestError) return String(error);
        throw error;
      });
      if (left === '' || performance.now() > until) return left;
    }
  }

  /** The partitions of each group that no living member has. */
  async unowned(): Promise<readonly string[]> {
    const { client, members } = this.#options;
    const { ids } = members;
    const all = GROUPS.map(async group => {
      const lags = await client.groups.lags(group);
      const owned = new Set(
        lags.filter(({ member }) => member && ids.includes(member)).map(({ partition }) => partition),
      );
      const partitions = Array.from({ length: CLICK_PARTITIONS }, (_, partition) => partition);
      return partitions.filter(partition => !owned.has(partition)).map(partition => `${partition} of ${group}`);
    });
    return (await Promise.all(all)).flat();
  }

  /** How far the trigger has come in each log. */
  async progress(): Promise<readonly ProgressOperation[]> {
    const start = performance.now();
    const { partitions } = await this.#options.client.triggers.describe(TRIGGER);
    const asked = { operation: 'progress', client: 'run', trigger: TRIGGER, start, end: performance.now() } as const;
    return partitions.map(({ topic, partition, currentOffset, lag }) => {
      const result = { offset: currentOffset, logEndOffset: currentOffset + lag };
      return { ...asked, log: `${topic}#1/${partition}`, answer: { outcome: 'ok', result } };
    });
  }

  async #keepUp(): Promise<void> {
    if (performance.now() - this.#upkeepAt < UPKEEP_EVERY_MS) return;
    this.#upkeepAt = performance.now();
    await this.#options.target.upkeep();
  }

  async #left(): Promise<string> {
    const { client } = this.#options;
    const { lag } = await client.triggers.describe(TRIGGER);
    const lags = await Promise.all(GROUPS.map(group => client.groups.lags(group)));
    const behind = lags.flat().reduce((sum, each) => sum + each.lag, 0);
    const unowned = await this.unowned();
    if (lag + behind + unowned.length === 0) return (await this.#isUpkept()) ? '' : 'nothing is rolled, or compacted';
    return `the trigger is ${lag} behind, the groups ${behind}, ${unowned.length} partitions are nobody's`;
  }

  /** Whether there is a segment, and a record that compaction took: looked at until it is so. */
  async #isUpkept(): Promise<boolean> {
    const { client } = this.#options;
    if (this.#wasUpkept) return true;
    const segments = await client.listSegments({ topic: CLICK, partition: 0 });
    const at = { topic: PROFILE, partition: 0 };
    let [offset, records, end] = [0, 0, 1];
    while (offset < end) {
      const page = await client.read({ ...at, offset });
      [offset, records, end] = [page.nextOffset, records + page.records.length, page.highWatermark];
    }
    this.#wasUpkept = segments.length > 0 && records < end;
    return this.#wasUpkept;
  }
}
