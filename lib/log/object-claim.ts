/**
 * Who has the last word on a batch's object that is old: the sweep, which found no entry that refers to it, or a reader, which
 * found one after all. A worker that was frozen between its PUT and its create may make such an entry hours or days later, when
 * nobody can acknowledge it any more; its records then either stay readable for ever or were never there.
 *
 * Commit point: the creation of one write-once cell per object. The sweep creates it before it deletes; a reader looks for it,
 * or creates it, before it shows what an old object holds. Neither happens to an object that was acknowledged in time: the
 * sweep, which begins with objects an hour old, sees its entry.
 *
 * Cost: nothing while the object is young, one get afterwards, and one write by the first reader of all.
 */
import type { Clock } from '../ports/clock.ts';
import type { ItemTable } from '../ports/item-table.ts';
import type { Random } from '../ports/random.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { WallTime } from './belief.ts';
import { objectClaimAttributes, objectClaimFromItem, objectClaimKey } from './catalogue.ts';
import type { ObjectClaim } from './cells.ts';
import type { ObjectPayload } from './log-entry.ts';

/** No sweep takes an object younger than this, with room for clocks that differ. */
const UNCLAIMED_MS = 30 * 60_000;

/** A reader's claim is made again where it has expired; by then the entry was rolled. */
const KEPT_EXPIRY_MS = 30 * 86_400_000;

/** Objects that a worker remembers as kept. */
const REMEMBERED = 4_096;

interface ClaimDeps {
  readonly cluster: ItemTable;
  readonly clock: Clock;
  readonly random: Random;
}

export class ObjectClaims {
  readonly #deps: ClaimDeps;
  readonly #time: WallTime;
  readonly #kept = new Set<string>();

  constructor(deps: ClaimDeps, time: WallTime) {
    this.#deps = deps;
    this.#time = time;
  }

  /** Whether the sweep has taken the object of an entry; from an answer of `false` on it never will. */
  async isSwept({ objectKey, putAt }: ObjectPayload): Promise<boolean> {
    if (this.#kept.has(objectKey) || this.#time.now() - putAt < UNCLAIMED_MS) return false;
    const claim = (await this.#stored(objectKey)) ?? (await claimObject(this.#deps, objectKey, 'kept'));
    if (claim === 'kept') this.#remember(objectKey);
    return claim === 'swept';
  }

  /** Whether it is known that the sweep has taken the object, which is gone. */
  async wasSwept({ objectKey }: ObjectPayload): Promise<boolean> {
    return (await this.#stored(objectKey)) === 'swept';
  }

  async #stored(objectKey: string): Promise<ObjectClaim | undefined> {
    const item = await this.#deps.cluster.get(objectClaimKey(objectKey));
    return item && objectClaimFromItem(item);
  }

  #remember(objectKey: string): void {
    this.#kept.add(objectKey);
    const [oldest] = this.#kept;
    if (this.#kept.size > REMEMBERED && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/**
 * Claims an object, and answers with the claim that holds: the first one. The sweep may delete what it claimed as swept.
 *
 * @throws MillraceError STORE_UNAVAILABLE where the store does not say which holds; claiming again tells
 */
export async function claimObject(
  { cluster, clock, random }: ClaimDeps,
  objectKey: string,
  claim: ObjectClaim,
): Promise<ObjectClaim> {
  try {
    const { item } = await cluster.create({
      ...objectClaimKey(objectKey),
      writeId: random.id(),
      attributes: objectClaimAttributes(claim),
      ...(claim === 'kept' && { expiresAt: clock.now() + KEPT_EXPIRY_MS }),
    });
    return objectClaimFromItem(item);
  } catch (cause) {
    if (!(cause instanceof MillraceError) || cause.outcome === 'not-applied') throw cause;
    throw new MillraceError('STORE_UNAVAILABLE', `the claim on ${objectKey} was not confirmed; try again`, { cause });
  }
}
