import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';
import { RollForesight } from '../../lib/maintenance/roll-foresight.ts';

const at = { topicId: 't', partition: 7 };

function newForesight() {
  const clock = new ManualClock();
  return { clock, foresight: new RollForesight(clock) };
}

describe('a log that grows', () => {
  it('is looked at where nothing is known of it', () => {
    const { foresight } = newForesight();
    expect(foresight.isDue(at, 1)).toBe(true);
    foresight.note(at, { sizeInBytes: 100, rolledAtBytes: 1_100 }, 1);
    expect(foresight.isDue({ ...at, partition: 8 }, 1)).toBe(true);
  });

  it('is looked at again when entries as large as those before would fill half of its room', () => {
    const { foresight } = newForesight();
    foresight.note(at, { sizeInBytes: 100, rolledAtBytes: 1_100 }, 1);
    expect(foresight.isDue(at, 4)).toBe(false);
    expect(foresight.isDue(at, 1)).toBe(true);
    foresight.note(at, { sizeInBytes: 1_000, rolledAtBytes: 1_100 }, 1);
    expect(foresight.isDue(at, 1)).toBe(true);
  });

  it('learns from what came since the look before, not from what was there', () => {
    const { foresight } = newForesight();
    foresight.note(at, { sizeInBytes: 500, rolledAtBytes: 1_100 }, 1);
    expect(foresight.isDue(at, 10)).toBe(true);
    foresight.note(at, { sizeInBytes: 600, rolledAtBytes: 1_100 }, 10);
    expect(foresight.isDue(at, 24)).toBe(false);
    expect(foresight.isDue(at, 1)).toBe(true);
  });

  it('is looked at after a minute, whatever was foreseen', async () => {
    const { clock, foresight } = newForesight();
    foresight.note(at, { sizeInBytes: 1, rolledAtBytes: 1_000_000 }, 1);
    await clock.advance(59_999);
    expect(foresight.isDue(at, 1)).toBe(false);
    await clock.advance(1);
    expect(foresight.isDue(at, 1)).toBe(true);
  });

  it('is looked at once it was rolled, or could not be looked at', () => {
    const { foresight } = newForesight();
    foresight.note(at, { sizeInBytes: 1, rolledAtBytes: 1_000_000 }, 1);
    foresight.forget(at);
    expect(foresight.isDue(at, 1)).toBe(true);
  });

  it('is forgotten where thousands of others were looked at since', () => {
    const { foresight } = newForesight();
    const room = { sizeInBytes: 1, rolledAtBytes: 1_000_000 };
    for (let partition = 0; partition <= 4_096; partition++) foresight.note({ topicId: 't', partition }, room, 1);
    expect(foresight.isDue({ topicId: 't', partition: 1 }, 1)).toBe(false);
    expect(foresight.isDue({ topicId: 't', partition: 0 }, 1)).toBe(true);
  });
});
