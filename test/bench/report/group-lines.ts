/** Figures of consumer groups as lines of text. */
import type { ConvergenceRow, MembershipRow } from '../groups.bench.ts';
import { few, whole } from './figures.ts';
import { columns, title } from './terminal.ts';

export const describeSize = ({ members, partitions }: Pick<ConvergenceRow, 'members' | 'partitions'>): string =>
  `${whole(members)} on ${whole(partitions)}`;

export function convergenceHeader(): string {
  const figures = columns('after', 'seconds', 'heartbeats', 'of one', 'writes', 'write units', 'read units');
  return `\nconsumer groups: until every partition is held, and all know it\n${title('members')}${figures}`;
}

export function convergenceLine(row: ConvergenceRow): string {
  const { after, seconds, heartbeats, heartbeatsOfOne, usage } = row;
  const figures = [few(seconds), whole(heartbeats), whole(heartbeatsOfOne), whole(usage.writes)];
  return title(describeSize(row)) + columns(after, ...figures, whole(usage.writeUnits), whole(usage.readUnits));
}

export function membershipHeader(): string {
  const figures = columns('a beat every', 'read units', 'write units', '$', '$ REST API', '$ HTTP API', '$/M commits');
  return `\na member-hour of a group that is settled; a commit is one partition's\n${title('members')}${figures}`;
}

export function membershipLine(row: MembershipRow): string {
  const { beatEveryMs, readUnits, writeUnits, dollars, restApiDollars, httpApiDollars, commitDollars } = row;
  const units = [`${beatEveryMs / 1_000} s`, whole(readUnits), whole(writeUnits), dollars.toFixed(6)];
  const apart = [restApiDollars.toFixed(4), httpApiDollars.toFixed(4), (commitDollars * 1e6).toFixed(2)];
  return title(describeSize(row)) + columns(...units, ...apart);
}
