/** Whether a run was as it must be. */
import { listed } from '../history/report.ts';
import { isOfMember, NO_FAULT } from './processed.ts';
import type { RunReport } from './run-report.ts';
import { COMMIT_EVERY_MS, GROUPS, MEMBERS_OF_GROUP } from './settings.ts';
import { TO_FUNCTION } from './target.ts';

/**
 * The most records that may come again where one member is stopped: a commit is due so long after the last, and made after the page
 * that is being read then.
 */
export const mostAgain = ({ memberSpeed, largestPage }: Pick<RunReport, 'memberSpeed' | 'largestPage'>): number =>
  (memberSpeed * COMMIT_EVERY_MS) / 1_000 + largestPage;

/** Members that are on one of the servers, at most. */
const onOneServer = ({ servers }: RunReport): number => Math.ceil((GROUPS.length * MEMBERS_OF_GROUP) / servers);

/** What is wrong, in words; nothing where all is well. */
export function findings(report: RunReport): readonly string[] {
  const { anomalies, records, stored, unprocessed, unowned, failed } = report;
  return [
    ...listed(anomalies),
    ...(stored < records ? [`${stored} of ${records} records were stored`] : []),
    ...unprocessed,
    ...unowned.map(partition => `partition ${partition} is nobody's`),
    ...failed.map(name => `${name} ended by itself`),
    ...Object.entries(report.proxies).flatMap(([name, { bugs }]) =>
      bugs > 0 ? [`${bugs} internal server errors between ${name}`] : [],
    ),
    ...againTooOften(report),
    ...notTried(report),
  ];
}

function againTooOften(report: RunReport): readonly string[] {
  const { again, faults, kinds } = report;
  const most = mostAgain(report);
  const counts = kinds.flatMap(kind => {
    const times = faults.filter(fault => fault.kind === kind).length;
    const records = again.get(kind) ?? 0;
    // who cannot reach its server for a session is cut off as who is stopped
    const stops = times * (isOfMember(kind) ? 1 : onOneServer(report));
    return records > stops * most ? [`${kind} ${times} times, ${records} records came again`] : [];
  });
  const withoutFault = again.get(NO_FAULT) ?? 0;
  return withoutFault > 0 ? [...counts, `${withoutFault} records came again without a fault`] : counts;
}

/** A run that tried less than it claims to try proves nothing. */
function notTried(report: RunReport): readonly string[] {
  const { kinds, faults, proxies, segments, compacted, looks, events } = report;
  // a trigger that waits for the lease of a killed server has few to lose
  const counts = Object.entries(proxies).filter(([name]) => name !== TO_FUNCTION);
  const expected: readonly (readonly [string, number])[] = [
    ...kinds.map(kind => [kind, faults.filter(fault => fault.kind === kind).length] as const),
    ...counts.map(([name, { dropped, cut }]) => [`replies lost between ${name}`, dropped + cut] as const),
    ...counts.map(([name, { delayed }]) => [`replies delayed between ${name}`, delayed] as const),
    ['segments rolled', segments],
    ['records compacted away', compacted.stored - compacted.left],
    ['looks at what groups committed', looks],
    ['events to the function', events.events],
  ];
  return expected.filter(([, count]) => count <= 0).map(([what]) => `there were no ${what}`);
}
