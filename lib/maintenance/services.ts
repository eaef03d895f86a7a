/** What maintenance is given: the log, who does it, and the settings that differ between deployments. */
import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import type { LogServices } from '../log/log-services.ts';
import type { ManifestStore } from '../log/manifest-store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MIB = 1024 * 1024;

export interface MaintenanceSettings {
  /** Entries are rolled into a segment from so many bytes on, or `segment.bytes` where that is less. */
  readonly rollBytes: number;
  /** Or when the oldest of them is so old, or `segment.ms` where that is less. */
  readonly rollAfterMs: number;
  /** Neighbouring segments are merged into one of so many bytes at most, or `segment.bytes` where that is less. */
  readonly mergedBytes: number;
  /** So many neighbours of a level are merged. */
  readonly mergeFanIn: number;
  /** Keys that one pass of compaction holds at most, and their bytes; with more it takes several passes. */
  readonly cleanedKeys: number;
  readonly cleanedKeyBytes: number;
  /** Time from one sweep of a partition's objects to the next. Longer than anyone reads what has been replaced meanwhile. */
  readonly sweepEveryMs: number;
  /** Whether the store drops entries when they expire; otherwise those that were rolled a day ago are deleted. */
  readonly entriesExpire: boolean;
  /** Whether a worker goes on leading the partitions that it worked on; otherwise the next to come leads at once. */
  readonly keepsLead: boolean;
}

export const awsMaintenanceSettings: MaintenanceSettings = {
  rollBytes: 8 * MIB,
  rollAfterMs: 5 * MINUTE_MS,
  mergedBytes: 64 * MIB,
  mergeFanIn: 8,
  // about 96 MiB with all that stands beside the keys
  cleanedKeys: 2 ** 21,
  cleanedKeyBytes: 48 * MIB,
  sweepEveryMs: 23 * HOUR_MS,
  entriesExpire: true,
  keepsLead: false,
};

export const embeddedMaintenanceSettings: MaintenanceSettings = {
  ...awsMaintenanceSettings,
  sweepEveryMs: 2 * HOUR_MS,
  entriesExpire: false,
  keepsLead: true,
};

export interface MaintenanceServices extends LogServices {
  readonly manifests: ManifestStore;
  /** Of this worker, as a leader. */
  readonly brokerId: number;
  readonly maintenance: MaintenanceSettings;
}

/** What a run leaves out when its time is up. */
export const isOver = ({ clock }: Pick<LogServices, 'clock'>, deadline: Deadline): boolean =>
  timeLeftMs(clock, deadline) <= 0;
