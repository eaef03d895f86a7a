/** What a run has to do with: servers behind proxies that lose replies, and what can befall them. */
import type { LossyProxy } from './lossy-proxy.ts';
import type { Strike } from './storm.ts';

export interface TargetOptions {
  readonly folder: string;
  readonly seed: number;
  /** Where the trigger's function listens. */
  readonly functionUrl: string;
  readonly say: (line: string) => void;
}

/** The name of the proxy between servers and the function of the trigger, where there is one. */
export const TO_FUNCTION = 'servers to function';

export interface Target {
  /** Base URLs for clients, each of a proxy. */
  readonly urls: readonly string[];
  /** By what they stand between. */
  readonly proxies: Readonly<Record<string, LossyProxy>>;
  readonly strikes: Readonly<Record<string, Strike>>;
  readonly pace: Pace;
  /** The function of the trigger, as the target names it. */
  readonly triggerFunction: string;
  /** Does now what is done by a schedule. */
  upkeep(): Promise<void>;
  end(): Promise<void>;
}

/** What its speed allows. */
export interface Pace {
  readonly recordsPerSecond: number;
  readonly recordsPerBatch: number;
  /** Requests of one producer that are under way at once, at most. */
  readonly inFlight: number;
  /** Records that a member processes in a second at most. */
  readonly memberSpeed: number;
  /** Of one request of a producer or a reader. */
  readonly timeoutMs: number;
  /** Of one request of a member, and after all faults. */
  readonly calmTimeoutMs: number;
  readonly memberMaxWaitMs: number;
  /** Of a member. */
  readonly sessionMs: number;
  /** Of the trigger. */
  readonly functionTimeoutMs: number;
  readonly faultEveryMs: number;
  readonly readEveryMs: number;
  readonly segmentBytes: number;
  /** After the last fault, for everything to be processed. */
  readonly settlesWithinMs: number;
}
