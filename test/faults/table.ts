/** A run's figures, for people. */
import type { ProxyCounts } from './lossy-proxy.ts';
import { NO_FAULT } from './processed.ts';
import type { RunReport } from './run-report.ts';
import { CLICK_PARTITIONS, COMMIT_EVERY_MS, GROUPS, MEMBERS_OF_GROUP, PRODUCERS } from './settings.ts';
import { mostAgain } from './verdict.ts';

const NAME_WIDTH = 28;
const WIDTH = 12;

export const table = (report: RunReport): readonly string[] => [
  '',
  ...figures(report),
  '',
  ...faultRows(report),
  '',
  ...proxyRows(report),
  '',
  ...operationRows(report),
  '',
];

function figures(report: RunReport): readonly string[] {
  const { seconds, stored, processed, segments, compactions, compacted, looks, anomalies, history, events } = report;
  return [
    `${stored} records in ${CLICK_PARTITIONS} partitions by ${PRODUCERS} producers, ${seconds.toFixed(0)} s`,
    `${processed} processed by ${GROUPS.length} groups of ${MEMBERS_OF_GROUP}`,
    `${events.records} given to the trigger's function in ${events.events} events, ${events.again} of them again`,
    `${segments} segments rolled; ${compactions} compactions seen, ${compacted.left} of ${compacted.stored} keyed records left`,
    `${looks} looks at what was committed; ${history.length} operations checked, ${anomalies.length} violations`,
  ];
}

function faultRows(report: RunReport): readonly string[] {
  const { kinds, faults, again } = report;
  const times = (kind: string) => faults.filter(fault => fault.kind === kind).length;
  return [
    row('fault', 'times', 'again'),
    ...kinds.map(kind => row(kind, times(kind), again.get(kind) ?? 0)),
    row(NO_FAULT, '', again.get(NO_FAULT) ?? 0),
    `At most ${mostAgain(report)} come again for a member that is stopped: ${report.memberSpeed}/s, a commit every ${COMMIT_EVERY_MS} ms, pages of up to ${report.largestPage}.`,
  ];
}

const proxyRows = ({ proxies }: RunReport): readonly string[] => [
  row('replies', 'requests', 'at risk', 'dropped', 'cut short', 'delayed', 'unanswered'),
  ...Object.entries(proxies).map(([name, counts]) => proxyRow(name, counts)),
];

const proxyRow = (name: string, { requests, atRisk, dropped, cut, delayed, unanswered }: ProxyCounts): string =>
  row(name, requests, atRisk, dropped, cut, delayed, unanswered);

const operationRows = ({ operations }: RunReport): readonly string[] => [
  row('operations', 'ok', 'failed', 'unknown'),
  ...[...operations].map(([name, { ok, failed, unknown }]) => row(name, ok, failed, unknown)),
];

const row = (name: string, ...cells: readonly (string | number)[]): string =>
  `  ${name.padEnd(NAME_WIDTH)}${cells.map(cell => String(cell).padStart(WIDTH)).join('')}`;
