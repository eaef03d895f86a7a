import { expect, it } from 'vitest';
import { ageMs } from '../../lib/log/belief.ts';
import { readTail } from '../../lib/log/tail.ts';
import { memoryStores } from '../support/memory-services.ts';

it('counts the age of a tail from when its read was sent, however long the answer takes', async () => {
  const { clock, worker } = memoryStores();
  const { deps, faults } = worker();
  faults.next('query', async (_call, apply) => {
    const answer = await apply();
    await clock.advance(20_000);
    return answer;
  });
  const { asOf } = await readTail(deps, { topicId: 't', partition: 0 });
  expect(ageMs(clock, asOf)).toBe(20_000);
});
