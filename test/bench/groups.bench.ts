/**
 * Consumer groups: how soon many members agree on many partitions, and what it costs to stay a member.
 *
 * Counted, not timed: members beat in a time of their own, and every call to the table is metered. Dollars are the table's units at
 * its list prices; commits and the front door, which every heartbeat passes, stand apart.
 */
import type { Bench } from './bench.ts';
import { BenchGroup, type Counted } from './group-members.ts';
import { prices } from './prices.ts';
import { convergenceHeader, convergenceLine, membershipHeader, membershipLine } from './report/group-lines.ts';

const HOUR_MS = 60 * 60_000;
const BEATS_PER_HOUR = (beatEveryMs: number) => HOUR_MS / beatEveryMs;

export interface ConvergenceRow extends Counted {
  readonly members: number;
  readonly partitions: number;
  readonly after: string;
}

export interface MembershipRow {
  readonly members: number;
  readonly partitions: number;
  readonly beatEveryMs: number;
  /** Of one member in an hour. */
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly dollars: number;
  /** Of one partition that is committed. */
  readonly commitReadUnits: number;
  readonly commitWriteUnits: number;
  readonly commitDollars: number;
  /** Of one member in an hour: the requests themselves, through either front door. */
  readonly restApiDollars: number;
  readonly httpApiDollars: number;
}

export interface GroupResults {
  readonly convergence: readonly ConvergenceRow[];
  readonly membership: readonly MembershipRow[];
}

const sizes = [
  { members: 3, partitions: 12 },
  { members: 10, partitions: 100 },
  { members: 100, partitions: 1_000 },
] as const;

export async function benchGroups({ print }: Bench): Promise<GroupResults> {
  const convergence: ConvergenceRow[] = [];
  print(convergenceHeader());
  const converged = (row: ConvergenceRow) => {
    convergence.push(row);
    print(convergenceLine(row));
  };
  for (const size of sizes) {
    const group = await BenchGroup.open({ ...size, beatEveryMs: 5_000 });
    converged({ ...size, after: 'all join', ...(await group.converge()) });
    await group.beatFor(10_000);
    await group.leaveOne();
    converged({ ...size, after: 'one leaves', ...(await group.converge()) });
    await group.beatFor(10_000);
    group.joinOne();
    converged({ ...size, after: 'one joins', ...(await group.converge()) });
  }
  const membership: MembershipRow[] = [];
  print(membershipHeader());
  for (const size of sizes) {
    for (const beatEveryMs of [5_000, 15_000]) {
      const row = await measureMembership({ ...size, beatEveryMs });
      membership.push(row);
      print(membershipLine(row));
    }
  }
  return { convergence, membership };
}

async function measureMembership(
  options: Pick<MembershipRow, 'members' | 'partitions' | 'beatEveryMs'>,
): Promise<MembershipRow> {
  const group = await BenchGroup.open(options);
  await group.converge();
  await group.beatFor(60_000);
  const { usage } = await group.beatFor(HOUR_MS);
  const { usage: commits } = await group.commitAll(1);
  const perMember = (units: number) => units / options.members;
  const [readUnits, writeUnits] = [perMember(usage.readUnits), perMember(usage.writeUnits)];
  const [commitReadUnits, commitWriteUnits] = [commits.readUnits, commits.writeUnits].map(
    units => units / options.partitions,
  ) as [number, number];
  const beats = BEATS_PER_HOUR(options.beatEveryMs);
  return {
    ...options,
    readUnits,
    writeUnits,
    dollars: dollarsOf(readUnits, writeUnits),
    commitReadUnits,
    commitWriteUnits,
    commitDollars: dollarsOf(commitReadUnits, commitWriteUnits),
    restApiDollars: beats * prices.apiGateway.perRestRequest,
    httpApiDollars: beats * prices.apiGateway.perHttpRequest,
  };
}

const dollarsOf = (readUnits: number, writeUnits: number): number =>
  readUnits * prices.dynamoDb.perReadUnit + writeUnits * prices.dynamoDb.perWriteUnit;
