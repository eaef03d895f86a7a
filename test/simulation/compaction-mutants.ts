/** The guards that compaction rests on: without any of them some run shows a record that is lost, or one that is back. */
import { edit, type Mutant } from './mutants.ts';

const CHOOSE = 'lib/maintenance/choose-cleaning.ts';
const CLEAN = 'lib/maintenance/clean-segments.ts';
const MARKS = 'lib/maintenance/clean-marks.ts';
const READ_KEYS = 'lib/maintenance/read-keys.ts';

const guards: readonly Mutant[] = [
  {
    without: 'the order of offsets in what supersedes a record: the last one of a key goes too',
    edits: [edit(CLEAN, '(keys?.get(key) ?? offset) > offset', '(keys?.get(key) ?? -1) >= offset')],
    anomalies: ['lost-latest', 'lost-tombstone'],
  },
  {
    without: 'the comparison of offsets: what stands above the part whose keys were read goes as well',
    edits: [edit(CLEAN, '(keys?.get(key) ?? offset) > offset', '(keys?.get(key) ?? offset) !== offset')],
    anomalies: ['lost-latest', 'lost-tombstone'],
  },
  {
    without: 'the end of a cleaning where the time is over: a segment is written half',
    edits: [
      edit(READ_KEYS, 'READ_BYTES = 2 * 1024 * 1024', 'READ_BYTES = 300'),
      edit('lib/log/segment-index.ts', 'LEAST_DISTANCE_BYTES = 16 * 1024', 'LEAST_DISTANCE_BYTES = 100'),
      edit(
        CLEAN,
        'if (isOver(services, params.deadline)) return undefined;',
        'if (isOver(services, params.deadline)) break;',
      ),
    ],
    anomalies: ['lost-latest'],
  },
  {
    without: 'the end of a pass where the keys do not fit',
    edits: [edit(READ_KEYS, 'if (full !== undefined) return Math.min(full, to);', '')],
    anomalies: ['resurrected', 'lost-tombstone'],
  },
  {
    without: 'the end of a pass where the time for its keys is over',
    edits: [
      edit(
        READ_KEYS,
        'if (isOver(services, deadline)) return end > from ? end : undefined;',
        'if (isOver(services, deadline) || services.random.float() < 0.3) return to;',
      ),
    ],
    anomalies: ['resurrected', 'lost-tombstone'],
  },
  {
    without: 'the lag below which records are not compacted',
    edits: [edit(CHOOSE, 'minLagMs > 0 && createdTo > now - minLagMs', 'false')],
    anomalies: ['compacted-too-young'],
  },
  {
    without: 'the age of the newest entry of several segments that become one',
    edits: [
      edit(
        'lib/maintenance/replace-segments.ts',
        'createdTo: Math.max(...counted.map(({ createdTo }) => createdTo))',
        'createdTo: Math.min(...counted.map(({ createdTo }) => createdTo))',
      ),
    ],
    anomalies: ['compacted-too-young'],
  },
  {
    without: 'the clean point, above which a tombstone stays',
    edits: [
      edit(CHOOSE, 'nextOffset <= cleanPoint && tombstones > 0', 'nextOffset + cleanPoint > 0 && tombstones > 0'),
    ],
    anomalies: ['resurrected', 'lost-tombstone'],
  },
  {
    without: 'the retention of tombstones, and what is added to it',
    edits: [
      edit(
        CHOOSE,
        'return now >= tombstonesSeenAt + deleteRetentionMs + MANIFEST_AGE_MS + CLOCK_SKEW_MS;',
        'return now + deleteRetentionMs > 0;',
      ),
    ],
    anomalies: ['resurrected', 'lost-tombstone'],
  },
  {
    without: 'the pass that sees a tombstone before its time begins: it counts from when it was written',
    edits: [
      edit(
        CHOOSE,
        'if (!hasSettled(segment, cleanPoint) || tombstonesSeenAt === undefined || isYoung(segment, minLagMs, now)) {',
        'if (!hasSettled(segment, cleanPoint) || isYoung(segment, minLagMs, now)) {',
      ),
      edit(
        CHOOSE,
        'return now >= tombstonesSeenAt + deleteRetentionMs',
        'return now >= (tombstonesSeenAt ?? segment.createdTo) + deleteRetentionMs',
      ),
    ],
    anomalies: ['resurrected', 'lost-tombstone'],
  },
  {
    without: 'the gap behind the last batch of a segment: a read stands still before it',
    edits: [
      edit(
        'lib/log/rolled-log.ts',
        'nextOffset = isWhole ? segment.nextOffset : (page.at(-1)?.nextOffset ?? nextOffset);',
        'nextOffset = page.at(-1)?.nextOffset ?? nextOffset;',
      ),
    ],
    anomalies: ['stuck-read', 'unavailable'],
  },
  {
    without: 'the segment in whose place another comes: it is let be though it was changed meanwhile',
    edits: [
      edit(
        'lib/log/manifest-store.ts',
        'if (present.length !== taken.length || !present.every(({ id }) => takenIds.has(id))) return undefined;',
        '',
      ),
    ],
    anomalies: ['resurrected', 'unavailable', 'lost-latest', 'lost-tombstone', 'lost-record'],
  },
  {
    without: 'the later of two times at which tombstones were seen, and their likeness: either alone suffices',
    edits: [
      edit(
        MARKS,
        'const isSeen = times.length > 0 && times.every(time => time !== undefined);',
        'const isSeen = times.some(time => time !== undefined);',
      ),
      edit(MARKS, 'Math.max(...times)', 'Math.min(...times.filter(time => time !== undefined))'),
      edit(MARKS, '&& seenAt.size <= 1;', '&& seenAt.size >= 0;'),
    ],
    anomalies: ['resurrected', 'lost-tombstone'],
  },
  {
    without: 'the gap that the last batches of a segment leave when they go',
    edits: [edit(CLEAN, 'builder.skipTo(segment.nextOffset);', '')],
    anomalies: ['unavailable', 'lost-latest', 'gap'],
  },
];

export const compactionMutants: readonly Mutant[] = guards.map(guard => ({ ...guard, needs: 'compaction' }));
