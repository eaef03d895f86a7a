/**
 * Giving out producer ids and epochs. An id is random, and taken by creating its cell; the next epoch of an id fences who
 * sends with an earlier one, partition by partition, as it first writes there.
 */
import { producerEpochKey } from '../log/catalogue.ts';
import type { LogServices } from '../log/log-services.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import type { NewItem } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';

/** An id that asks for no epoch for so long is forgotten; Kafka's `transactional.id.expiration.ms`. */
const ID_EXPIRY_MS = 7 * 86_400_000;

export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A producer id that nobody had, with epoch 0. */
export async function newProducer(services: LogServices): Promise<ProducerIdentity> {
  while (true) {
    const identity = { producerId: Math.floor(services.random.float() * limits.offset), producerEpoch: 0 };
    const created = await createSettled(services, epochItem(services, identity));
    if (created.outcome === 'created') return identity;
  }
}

/** The producer's next epoch; a new id where it had its last. */
export async function nextEpoch(services: LogServices, producerId: number): Promise<ProducerIdentity> {
  while (true) {
    const item = await services.cluster.get(producerEpochKey(producerId));
    if (!item) throw new MillraceError('UNKNOWN_PRODUCER_ID', `there is no producer ${producerId}; ask for a new id`);
    const identity = { producerId, producerEpoch: Number(item.attributes.producerEpoch) + 1 };
    if (identity.producerEpoch > limits.producerEpoch) return newProducer(services);
    const replaced = await replaceSettled(services, epochItem(services, identity), item.version);
    if (replaced.outcome === 'replaced') return identity;
  }
}

const epochItem = ({ clock, random }: LogServices, { producerId, producerEpoch }: ProducerIdentity): NewItem => ({
  ...producerEpochKey(producerId),
  writeId: random.id(),
  attributes: { producerEpoch },
  expiresAt: clock.now() + ID_EXPIRY_MS,
});
