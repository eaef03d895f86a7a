import { expect, it } from 'vitest';
import { scaleUsage, sumUsage } from '../meter.ts';
import { alternatives } from './alternatives.ts';
import { gibAMonth, gibKept, type Load, recordsPerBatch } from './load.ts';
import type { MeasuredLoad } from './measured-load.ts';
import { monthOf, sumOf, total } from './month.ts';

const load: Load = {
  mibPerSecond: 1,
  partitions: 10,
  batchKib: 64,
  recordBytes: 1_024,
  readers: 2,
  pollSeconds: 1,
  retentionDays: 7,
  frontDoor: 'rest',
};

const nothing = sumUsage([]);
const unmeasured = { usage: nothing, cpuMs: 0 };

const measured: MeasuredLoad = {
  produce: { usage: { ...nothing, writes: 1, writeUnits: 1, objectPuts: 1 }, cpuMs: 1 },
  emptyPoll: { usage: { ...nothing, queries: 10, readUnits: 10 }, cpuMs: 0 },
  poll: { usage: { ...nothing, queries: 10, readUnits: 10, objectGets: 16 }, cpuMs: 3 },
  batchesOfPoll: 16,
  wake: unmeasured,
  roll: { usage: scaleUsage(nothing, 1), cpuMs: 0 },
  bytesOfRoll: 8 * 1024 * 1024,
  entryBytes: 250,
};

it('takes a month to be 730 hours', () => {
  expect(gibAMonth(load)).toBeCloseTo(2_566.4, 1);
  expect(gibKept(load)).toBeCloseTo(590.6, 1);
  expect(recordsPerBatch(load)).toBe(64);
});

it('multiplies what an operation asks by how often there is one, and by the prices', () => {
  const [produce, fetch] = monthOf(load, measured);
  // 16 batches a second
  expect(produce).toMatchObject({ operation: 'produce', times: 42_048_000 });
  expect(produce?.frontDoor).toBeCloseTo(147.17, 2);
  expect(produce?.dynamoDb).toBeCloseTo(26.28, 2);
  expect(produce?.s3).toBeCloseTo(210.24, 2);
  // 1 ms of CPU on 1,024 of a core's 1,769 MiB, 4 for the table and 25 for the object, at a GiB
  expect(produce?.lambda).toBeCloseTo(42.048 * 0.2 + 42_048_000 * 0.031 * 0.0000133334, 2);
  expect(fetch?.times).toBe(5_256_000);
  expect(fetch?.s3).toBeCloseTo(33.64, 2);
});

it('counts polls that find nothing where less than a batch comes between two', () => {
  const rows = monthOf({ ...load, mibPerSecond: 1 / 32 }, measured);
  expect(rows.find(({ operation }) => operation === 'fetch, with records')?.times).toBe(2_628_000);
  expect(rows.find(({ operation }) => operation === 'fetch, without')?.times).toBe(2_628_000);
});

it('counts more requests of a reader where an answer does not hold what came between two', () => {
  const rows = monthOf({ ...load, mibPerSecond: 10 }, measured);
  // 160 batches of 64 KiB a second, 63 of which an answer holds with what is around them
  expect(rows.find(({ operation }) => operation === 'fetch, with records')?.times).toBeCloseTo(
    (2 * 160 * 2_628_000) / 63,
    0,
  );
});

it('counts an HTTP API by each 512 KiB of a body', () => {
  const rest = sumOf(monthOf(load, measured)).frontDoor;
  const http = sumOf(monthOf({ ...load, frontDoor: 'http' }, measured)).frontDoor;
  // a poll of a MiB of values counts three times: there is something around them
  expect(http / rest).toBeCloseTo((42.048 + 3 * 5.256) / (3.5 * (42.048 + 5.256)), 3);
});

it('costs what is kept where nobody produces or reads', () => {
  const idle = { ...load, mibPerSecond: 1e-12, readers: 0 };
  expect(total(sumOf(monthOf(idle, measured)))).toBeLessThan(0.01);
});

it.each([
  ['Amazon MSK Serverless', 730 * 0.765 + 256.64 + 256.64 + 59.06],
  ['Amazon MSK, 3 brokers kafka.m7g.large', 446.76 + 177.19],
])('%s costs what its prices say', (name, dollars) => {
  expect(alternatives.find(each => each.name === name)?.dollars(load)).toBeCloseTo(dollars, 0);
});

it('says of every alternative where its prices stand, and when they were read', () => {
  for (const { source, lookedUpOn, note } of alternatives) {
    expect(source).toMatch(/^https:\/\//);
    expect(lookedUpOn).toMatch(/^2026-\d\d-\d\d$/);
    expect(note).toContain('$');
  }
});
