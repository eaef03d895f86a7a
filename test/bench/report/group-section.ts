/** Consumer groups: how soon they settle, and what a member costs. */
import type { ConvergenceRow, GroupResults, MembershipRow } from '../groups.bench.ts';
import { few, whole } from './figures.ts';
import { describeSize } from './group-lines.ts';
import { escapeHtml, table } from './html.ts';

const about = `Members beat as often as they are told, in a time of their own; every call to the table is counted. A member-hour is that of \
a group that is settled, in DynamoDB's units; the front door, which each heartbeat passes, and commits stand apart.`;

export const groupSection = ({ convergence, membership }: GroupResults): string =>
  `<section><h2>Consumer groups</h2><p class="quiet">${escapeHtml(about)}</p>
<div class="card">${convergenceTable(convergence)}</div>
<div class="card">${membershipTable(membership)}</div></section>`;

const convergenceTable = (rows: readonly ConvergenceRow[]): string =>
  table(
    [
      { name: 'members on partitions', text: true, cell: row => describeSize(row) },
      { name: 'after', text: true, cell: row => row.after },
      { name: 'seconds', cell: row => few(row.seconds) },
      { name: 'heartbeats', cell: row => whole(row.heartbeats) },
      { name: 'of one member', cell: row => whole(row.heartbeatsOfOne) },
      { name: 'writes', cell: row => whole(row.usage.writes) },
      { name: 'write units', cell: row => whole(row.usage.writeUnits) },
      { name: 'read units', cell: row => whole(row.usage.readUnits) },
    ],
    rows,
  );

const membershipTable = (rows: readonly MembershipRow[]): string =>
  table(
    [
      { name: 'members on partitions', text: true, cell: row => describeSize(row) },
      { name: 'a beat every', text: true, cell: row => `${row.beatEveryMs / 1_000} s` },
      { name: 'read units', cell: row => whole(row.readUnits) },
      { name: 'write units', cell: row => whole(row.writeUnits) },
      { name: '$/member-hour', cell: row => row.dollars.toFixed(6) },
      { name: '+ REST API', cell: row => row.restApiDollars.toFixed(4) },
      { name: '+ HTTP API', cell: row => row.httpApiDollars.toFixed(4) },
      { name: '$/million commits', cell: row => (row.commitDollars * 1e6).toFixed(2) },
    ],
    rows,
  );
