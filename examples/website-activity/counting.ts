/**
 * The trigger of `click`: its function counts the views of pages. Midway a broken version of the function takes its place, which dies
 * after it has stored its counts, until batches have come again; then the good one is put back.
 */
import { setTimeout } from 'node:timers/promises';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { RequestError } from '../../lib/client/request-error.ts';
import type { TriggerDescription } from '../../lib/client/trigger-shapes.ts';
import type { Live } from './live.ts';
import { countsTopicOf } from './page-counts.ts';

const GOOD = new URL('page-counter.ts', import.meta.url).href;
const BROKEN = new URL('crashing-page-counter.ts', import.meta.url).href;

/** Of the log, when the broken version comes. */
const BROKEN_AT = 1 / 2;

/** Nothing that is waited for takes longer. */
const WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** To take the trigger away when the demo has failed. */
const CLOSE_WITHIN_MS = 2_000;

export interface CountingOptions {
  readonly client: MillraceClient;
  readonly url: string;
  /** The topic whose views are counted. */
  readonly topic: string;
  readonly live: Live;
  readonly signal: AbortSignal;
}

export class Counting {
  readonly #options: CountingOptions;
  readonly #trigger: string;
  #refusal: string | undefined;
  #mishap: Promise<void> | undefined;
  #isRunning = false;

  constructor(options: CountingOptions) {
    this.#options = options;
    this.#trigger = countsTopicOf(options.topic);
  }

  /** Why there is no trigger: a Millrace elsewhere invokes no modules of this machine. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** From now on the topic invokes the function. */
  async begin(): Promise<void> {
    this.#refusal = await this.#create();
    this.#isRunning = this.#refusal === undefined;
    this.#options.live.isCounting = this.#isRunning;
  }

  /** Lets the mishap happen when it is time. @param share of the log that is produced */
  afterProduced(share: number): void {
    if (share < BROKEN_AT || !this.#isRunning || this.#mishap !== undefined) return;
    this.#mishap = this.#breakAndMend();
    // told to whoever waits for the end
    this.#mishap.catch(() => {});
  }

  /** Resolves when all that was produced is counted, and the trigger is gone. */
  async end(): Promise<void> {
    if (!this.#isRunning) return;
    await this.#mishap;
    await this.#until('is at the end', ({ lag }) => lag === 0);
    await this.#remove(this.#options.client);
  }

  /** Takes the trigger away, if it is still there, whatever has become of the demo. */
  async close(): Promise<void> {
    if (!this.#isRunning) return;
    const { url } = this.#options;
    await this.#remove(new MillraceClient({ url, signal: AbortSignal.timeout(CLOSE_WITHIN_MS) })).catch(() => {});
  }

  /** @returns why it is refused, if it is */
  async #create(): Promise<string | undefined> {
    const { client, topic } = this.#options;
    try {
      await client.triggers.create({ trigger: this.#trigger, topics: [topic], function: GOOD });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.code === 'INVALID_REQUEST') return error.message;
      if (error.code !== 'TRIGGER_EXISTS') throw error;
      // by this very request, whose answer was lost; or left behind by a demo that was killed
      await client.triggers.update({ trigger: this.#trigger, function: GOOD });
    }
    return undefined;
  }

  async #breakAndMend(): Promise<void> {
    const { client, live } = this.#options;
    live.isBroken = true;
    await client.triggers.update({ trigger: this.#trigger, function: BROKEN });
    await this.#until('is given a batch again', ({ partitions }) => partitions.some(({ failures }) => failures > 0));
    await client.triggers.update({ trigger: this.#trigger, function: GOOD });
    live.isBroken = false;
  }

  /** @throws Error where it takes too long, with what the trigger says of itself */
  async #until(what: string, isSo: (described: TriggerDescription) => boolean): Promise<void> {
    const { client, signal } = this.#options;
    let described = await client.triggers.describe(this.#trigger);
    for (const end = performance.now() + WITHIN_MS; performance.now() < end; ) {
      if (isSo(described)) return;
      await setTimeout(LOOK_EVERY_MS, undefined, { signal });
      described = await client.triggers.describe(this.#trigger);
    }
    const { lag, partitions } = described;
    const error = partitions.find(partition => partition.error !== undefined)?.error ?? 'no call has failed';
    throw new Error(
      `the trigger ${this.#trigger} ${what}, but not within ${WITHIN_MS / 1_000} s: lag ${lag}, ${error}`,
    );
  }

  async #remove(client: MillraceClient): Promise<void> {
    try {
      await client.triggers.delete(this.#trigger);
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== 'UNKNOWN_TRIGGER') throw error;
    }
    this.#isRunning = false;
  }
}
