import { describe, expect, it } from 'vitest';
import type { StoredActivity } from '../../examples/website-activity/activity-record.ts';
import { GroupReading } from '../../examples/website-activity/group-reading.ts';

function activity(offset: number): StoredActivity {
  const value = { time: '', method: 'GET', path: '/', status: 200, bytes: 1, referrer: null, agent: null };
  return { offset, key: 'alice', value, timestamp: offset };
}

const offsets = (records: readonly StoredActivity[]) => records.map(({ offset }) => offset);

describe('what a group reads', () => {
  it('has each record once, however often it comes, in the order of offsets', () => {
    const reading = new GroupReading(2);
    reading.add(0, [activity(2), activity(3)]);
    expect(offsets(reading.add(0, [activity(0), activity(1), activity(2)]))).toEqual([0, 1]);
    reading.add(1, [activity(0)]);
    expect(reading.again).toBe(1);
    expect(reading.readings.map(({ records }) => offsets(records))).toEqual([[0, 1, 2, 3], [0]]);
  });

  it('is complete when all below the ends has come', async () => {
    const reading = new GroupReading(2);
    reading.add(0, [activity(0)]);
    let isComplete = false;
    const complete = reading.endAt([2, 0]).then(() => {
      isComplete = true;
    });
    await new Promise(setImmediate);
    expect(isComplete).toBe(false);
    reading.add(0, [activity(0), activity(1)]);
    await complete;
  });
});
