/** Nobody else has the same producer id and epoch. */
import type { Found } from './anomaly.ts';
import { isOk, named, type Operation } from './history.ts';

export function checkIdentities(history: readonly Operation[]): Found[] {
  const given = new Set<string>();
  return named(history, 'initProducer')
    .filter(isOk)
    .flatMap(({ answer }) => {
      const identity = `producer ${answer.result.producerId}, epoch ${answer.result.producerEpoch}`;
      const isTaken = given.has(identity);
      given.add(identity);
      return isTaken ? [['one-identity-twice', identity] as const] : [];
    });
}
