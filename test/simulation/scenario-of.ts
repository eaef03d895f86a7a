/** The scenario that a seed makes. */
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { withGroup } from './group-scenario.ts';
import { madeForOneThing } from './made-for.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { withTrigger } from './trigger-scenario.ts';

/**
 * What was thought of later is drawn apart, so that what a seed drew before stays.
 *
 * @param random goes on to draw the run
 */
export function scenarioOf(seed: number, random: SeededRandom = new SeededRandom(seed)): Scenario {
  const drawn = drawScenario(random, new SeededRandom(~seed));
  const grouped = withGroup(new SeededRandom(seed ^ 0x5bd1e995), drawn);
  const triggered = withTrigger(new SeededRandom(seed ^ 0x2545f491), grouped);
  return madeForOneThing(new SeededRandom(seed ^ 0x1b873593), triggered);
}
