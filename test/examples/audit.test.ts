import { describe, expect, it } from 'vitest';
import type { StoredActivity } from '../../examples/website-activity/activity-record.ts';
import { audit } from '../../examples/website-activity/audit.ts';

function activity(offset: number, key: string, path: string): StoredActivity {
  const value = { time: '', method: 'GET', path, status: 200, bytes: 1, referrer: null, agent: null };
  return { offset, key, value, timestamp: offset };
}

const alice0 = activity(0, 'alice', '/');
const alice1 = activity(1, 'alice', '/about');
const bob = activity(0, 'bob', '/?from=ads');
const file = [alice0, bob, alice1];

const findings = (...logs: StoredActivity[][]) =>
  audit(
    file,
    logs.map(records => ({ from: 0, records })),
  ).findings;

describe('a reading that is as the file says', () => {
  it('agrees, wherever the partitions begin', () => {
    const from = (first: number, ...records: StoredActivity[]) => ({
      from: first,
      records: records.map((record, index) => ({ ...record, offset: first + index })),
    });
    expect(audit(file, [from(0, alice0, alice1), from(50, bob), from(0)])).toEqual({
      records: 3,
      expectedRecords: 3,
      pages: 2,
      visitors: 2,
      findings: [],
    });
  });
});

describe('a reading differs', () => {
  it('where a record is missing', () => {
    expect(findings([alice0], [bob])).toEqual([
      'page /about: 1 in the file, 0 read',
      'visitor alice: requests other than in the file, or in another order',
    ]);
  });

  it('where a record is there twice', () => {
    expect(findings([alice0, alice1], [bob, { ...bob, offset: 1 }])).toEqual([
      'page /: 2 in the file, 3 read',
      'visitor bob: requests other than in the file, or in another order',
    ]);
  });

  it('where a record is nobody’s', () => {
    expect(findings([alice0, alice1], [bob, activity(1, 'carol', '/')])).toHaveLength(2);
  });

  it('where a visitor’s records are in another order', () => {
    const swapped = [
      { ...alice1, offset: 0 },
      { ...alice0, offset: 1 },
    ];
    expect(findings(swapped, [bob])).toEqual(['visitor alice: requests other than in the file, or in another order']);
  });

  it('where a visitor is in two partitions', () => {
    expect(findings([alice0], [bob, alice1])).toEqual(['visitor alice: in more than one partition']);
  });

  it('where a record is not what was sent', () => {
    const changed = { ...bob, timestamp: bob.timestamp + 1 };
    expect(findings([alice0, alice1], [changed])).toEqual([
      'visitor bob: requests other than in the file, or in another order',
    ]);
  });

  it('where the offsets have a gap', () => {
    expect(findings([alice0, { ...alice1, offset: 2 }], [bob])).toEqual(['partition 0: offset 2 where 1 comes next']);
  });
});
