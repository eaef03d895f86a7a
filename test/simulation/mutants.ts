/**
 * The guards that the promises rest on, each with the text that takes it out and the anomaly that it is there to prevent. Nothing
 * in the product switches a guard off: its source is edited as it is loaded, and only here.
 */
import type { AnomalyKind } from '../history/anomaly.ts';
import type { Edit } from './edits.ts';
import type { MadeFor } from './made-for.ts';

export interface Mutant {
  /** What is no longer done. */
  readonly without: string;
  readonly edits: readonly Edit[];
  /** Any of them shows that it is missed. */
  readonly anomalies: readonly AnomalyKind[];
  /** What only runs show that have it. */
  readonly needs?: 'compaction' | 'group' | 'trigger' | MadeFor;
}

export const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

export const FOREVER = 'Number.POSITIVE_INFINITY';

const withoutDeadline = edit(
  'lib/log/deadline.ts',
  'return withinMs - Math.max(clock.now() - since.wall, clock.monotonic() - since.monotonic);',
  'return withinMs + 0 * (clock.now() - since.wall);',
);

export const mutants: readonly Mutant[] = [
  {
    without: 'the condition of a create: an item that is there is written over',
    edits: [
      edit(
        'lib/adapters/memory/item-table.ts',
        "const outcome = isOwnCreate(stored, item) ? 'created' : 'exists';",
        "this.#partition(item.pk).splice(this.#partition(item.pk).indexOf(stored), 1, copyItem(item, 1)); const outcome: 'created' | 'exists' = 'created';",
      ),
    ],
    anomalies: ['two-values-at-one-offset', 'lost-record'],
  },
  {
    without: 'the condition of a replace: a version that moved on is written over',
    edits: [
      edit(
        'lib/adapters/memory/item-table.ts',
        'if (stored.version !== version) {\n      const outcome = isOwnReplace',
        'if (stored.version < version) {\n      const outcome = isOwnReplace',
      ),
    ],
    anomalies: ['one-identity-twice', 'one-value-at-two-offsets', 'reordered-send', 'lost-record'],
  },
  {
    without: 'the look at the writeId after "exists" or "stale"',
    edits: [
      edit(
        'lib/adapters/lost-reply.ts',
        'NewItem): boolean => stored.writeId === write.writeId;',
        'NewItem): boolean => stored.writeId === write.writeId && stored.version === 0;',
      ),
    ],
    anomalies: ['one-value-at-two-offsets'],
  },
  {
    without: 'the look at every entry between the place noted for an idempotent batch and the one written at',
    edits: [
      edit(
        'lib/log/entry-writer.ts',
        'if (!wanted || pending.searchFrom === undefined || pending.searchFrom >= to) return undefined;',
        'if (wanted || pending.searchFrom === undefined) return undefined;',
      ),
    ],
    anomalies: ['one-value-at-two-offsets'],
  },
  {
    without: 'the age up to which a tail is used',
    edits: [edit('lib/log/tail.ts', 'TAIL_USE_MS = 30_000', `TAIL_USE_MS = ${FOREVER}`)],
    anomalies: ['unavailable'],
  },
  {
    without: 'the age up to which an answer may rest on a tail',
    edits: [edit('lib/log/tail.ts', 'TAIL_ANSWER_MS = 15 * 60_000', `TAIL_ANSWER_MS = ${FOREVER}`)],
    anomalies: ['two-values-at-one-offset', 'reordered-send', 'lost-record', 'stale-read'],
  },
  {
    without: 'the rule that entries below the rolled offset are never used',
    edits: [edit('lib/log/tail.ts', 'lastEntry(deps.log, at, rolledOffset)', 'lastEntry(deps.log, at, 0)')],
    anomalies: ['two-values-at-one-offset', 'reordered-send', 'lost-record', 'stale-read'],
  },
  {
    without: 'the count of an age from when the read was sent',
    edits: [
      edit('lib/log/tail.ts', 'const asOf = momentNow(deps.clock);\n', ''),
      edit('lib/log/tail.ts', '  return last\n', '  const asOf = momentNow(deps.clock);\n  return last\n'),
    ],
    anomalies: ['two-values-at-one-offset', 'reordered-send', 'lost-record', 'stale-read'],
    needs: 'old-tails',
  },
  {
    without: 'the monotonic clock in an age',
    edits: [edit('lib/log/belief.ts', 'Math.max(wall, clock.monotonic() - moment.monotonic)', 'wall')],
    anomalies: ['two-values-at-one-offset', 'reordered-send', 'lost-record', 'stale-read', 'log-start-went-back'],
  },
  {
    without: 'the wall clock in an age',
    edits: [
      edit(
        'lib/log/belief.ts',
        'Math.max(wall, clock.monotonic() - moment.monotonic)',
        'clock.monotonic() - moment.monotonic',
      ),
    ],
    anomalies: ['two-values-at-one-offset', 'reordered-send', 'lost-record', 'stale-read', 'log-start-went-back'],
  },
  {
    without: 'the days that an entry stays after it was rolled',
    edits: [edit('lib/log/seal-entry.ts', 'ENTRY_EXPIRY_MS = 7 * 86_400_000', 'ENTRY_EXPIRY_MS = 1')],
    anomalies: ['two-values-at-one-offset', 'reordered-send', 'lost-record', 'stale-read'],
  },
  {
    without: "the keeping of an entry's key and bytes while its outcome is unknown",
    edits: [
      edit(
        'lib/log/entry-writer.ts',
        'if (!attempt.uncertain) await this.#seal(attempt);',
        'await this.#seal(attempt);',
      ),
    ],
    anomalies: ['one-value-at-two-offsets'],
  },
  {
    without: 'the difference between "failed" and "unknown"',
    edits: [
      edit(
        'lib/log/entry-writer.ts',
        "if (error instanceof MillraceError && error.outcome === 'unknown') attempt.uncertain = true;",
        '',
      ),
    ],
    anomalies: ['read-of-failed', 'one-value-at-two-offsets'],
  },
  {
    without: 'the deadline of a request: a write begins however late',
    edits: [withoutDeadline],
    anomalies: ['one-value-at-two-offsets', 'fenced-send', 'reordered-send'],
  },
  {
    without: "the age of an object's PUT up to which an entry may point at it, and the deadline: either alone suffices",
    edits: [
      withoutDeadline,
      edit('lib/log/place-payload.ts', 'POINTER_CREATE_MS = 10 * 60_000', `POINTER_CREATE_MS = ${FOREVER}`),
      edit('lib/log/place-payload.ts', 'POINTER_ANSWER_MS = 15 * 60_000', `POINTER_ANSWER_MS = ${FOREVER}`),
    ],
    anomalies: ['lost-record'],
  },
  {
    without: 'the empty batch that stands for a swept object',
    edits: [
      edit('lib/log/load-batches.ts', '  if (await claims.isSwept(payload)) return undefined;\n', ''),
      edit('lib/log/load-batches.ts', '  if (await claims.wasSwept(payload)) return undefined;\n', ''),
    ],
    anomalies: ['unavailable'],
  },
  {
    without: 'the look whether the object of a batch that was found was swept',
    edits: [
      edit(
        'lib/log/tail-belief.ts',
        'if (found?.object && (await this.#claims.isSwept(found.object))) throw lookedInVain(wanted);',
        '',
      ),
    ],
    anomalies: ['lost-record'],
  },
  {
    without: 'rule 1 of the producer cell: a batch among the last five is answered with its offset',
    edits: [
      edit(
        'lib/log/producer-rules.ts',
        'committed.sequence === sequence && committed.count === count',
        'committed.sequence === -1',
      ),
    ],
    anomalies: ['refused-retry'],
  },
  {
    without: 'rule 2: a pending batch is looked for from where it may stand',
    edits: [
      edit(
        'lib/log/idempotent-append.ts',
        "return { kind: 'claimed', item, cell, pending: decision.pending, asOf };",
        "return { kind: 'claimed', item, cell, pending: { ...decision.pending, searchFrom: (await this.#belief.tail()).nextOffset }, asOf };",
      ),
    ],
    anomalies: ['one-value-at-two-offsets'],
  },
  {
    without: 'rule 3: a batch waits until the one before it is found in the log',
    edits: [
      edit(
        'lib/log/idempotent-append.ts',
        '(waitsFor && (await this.#awaitLanded(producer, waitsFor)))',
        '(waitsFor && { ...waitsFor, offset: 0 })',
      ),
    ],
    anomalies: ['reordered-send'],
  },
  {
    without: 'rule 4: a lower epoch is refused',
    edits: [
      edit(
        'lib/log/producer-rules.ts',
        'if (batch.epoch < cell.epoch) throw fenced(batch, cell.epoch);',
        "if (batch.epoch < cell.epoch) return { kind: 'start' };",
      ),
    ],
    anomalies: ['fenced-send'],
  },
  {
    without: 'the end of a walk at a higher epoch',
    edits: [edit('lib/log/find-batch.ts', 'if (batch.epoch > wanted.epoch) throw fenced(wanted, batch.epoch);', '')],
    anomalies: ['fenced-send'],
  },
  {
    without: 'the refusal of a walk that meets a hole',
    edits: [
      edit(
        'lib/log/find-batch.ts',
        'if (error instanceof HoleError) throw lookedInVain(wanted, error);',
        'if (error instanceof HoleError) return undefined;',
      ),
    ],
    anomalies: ['one-value-at-two-offsets'],
  },
  {
    without: "the month that a producer's cell stays",
    edits: [edit('lib/log/idempotent-append.ts', 'CELL_EXPIRY_MS = 30 * 86_400_000', 'CELL_EXPIRY_MS = 60_000')],
    anomalies: ['one-value-at-two-offsets', 'fenced-send', 'reordered-send'],
  },
  {
    without: 'the unknown outcome of a cell that was written over after a lost reply',
    edits: [
      edit(
        'lib/log/settled-write.ts',
        'if (!isUncertain || result.outcome !== refused) return result;',
        "return isUncertain ? { ...result, outcome: refused === 'stale' ? 'replaced' : 'created' } : result;",
      ),
    ],
    anomalies: ['one-identity-twice', 'unavailable'],
  },
  {
    without: 'the tiling of entries in a fetch, and the age of the partition state: either alone suffices',
    edits: [
      edit(
        'lib/log/walk.ts',
        'if (entry.baseOffset !== boundary) throw new HoleError(boundary, entry.baseOffset);',
        '',
      ),
      edit('lib/log/log-reader.ts', 'STATE_ANSWER_MS = 15 * 60_000', `STATE_ANSWER_MS = ${FOREVER}`),
    ],
    anomalies: ['gap', 'lost-record'],
  },
  {
    without: 'the look for the entry around an offset that begins none',
    edits: [
      edit('lib/log/hot-log.ts', 'page.entries[0]?.baseOffset === offset || this.#isBoundary(offset, state)', 'true'),
    ],
    anomalies: ['gap', 'lost-record', 'unavailable', 'stale-read'],
  },
  {
    without: 'the query for the high watermark where bytes cut the page',
    edits: [
      edit(
        'lib/log/hot-log.ts',
        "const highWatermark = end === 'beyond' ? await this.end(state) : end;",
        "const highWatermark = end === 'beyond' ? (entries.at(-1)?.baseOffset ?? 0) + (entries.at(-1)?.count ?? 0) : end;",
      ),
    ],
    anomalies: ['stale-read', 'high-watermark-went-back'],
  },
  {
    without: 'the age up to which the partition state is used',
    edits: [edit('lib/log/log-reader.ts', 'STATE_USE_MS = 30_000', `STATE_USE_MS = ${FOREVER}`)],
    anomalies: ['log-start-went-back'],
  },
  {
    without: 'the topic id in the key of its entries: a topic of the same name has the same',
    edits: [
      edit('lib/topics/create-topic.ts', 'topicId: services.random.id(),', 'topicId: name,'),
      edit(
        'lib/log/partition-state.ts',
        "if (state.deleted) throw new MillraceError('UNKNOWN_TOPIC', 'the topic was deleted');",
        '',
      ),
    ],
    anomalies: ['read-of-unsent'],
  },
  {
    without:
      "the ages up to which a topic's name is used, and an answer may rest on it: either alone suffices but for a narrow window",
    edits: [
      edit('lib/log/topic-directory.ts', 'NAME_USE_MS = 10_000', `NAME_USE_MS = ${FOREVER}`),
      edit('lib/log/topic-directory.ts', 'NAME_ANSWER_MS = 12_000', `NAME_ANSWER_MS = ${FOREVER}`),
    ],
    anomalies: ['lost-record', 'stale-read', 'reordered-send', 'two-values-at-one-offset'],
  },
  {
    without: 'the time for which the name of a deleted topic stays taken',
    edits: [edit('lib/log/topic-directory.ts', 'NAME_TAKEN_MS = 15_000', 'NAME_TAKEN_MS = -1')],
    anomalies: ['lost-record', 'stale-read', 'read-of-unsent', 'high-watermark-went-back', 'two-values-at-one-offset'],
  },
  {
    without: 'the time within which a change of a topic reads it',
    edits: [edit('lib/topics/topic-cell.ts', 'if (ageMs(clock, since) > CHANGE_WITHIN_MS) break;', '')],
    anomalies: ['unavailable'],
  },
  {
    without: 'the distrust of a rolled entry that is more than a day old when a batch is looked for',
    edits: [edit('lib/log/tail-belief.ts', 'entry.baseOffset < rolledOffset && entry.createdAt < youngest', 'false')],
    anomalies: ['lost-record', 'two-values-at-one-offset', 'one-value-at-two-offsets'],
  },
  {
    without: 'the age of the partition state by which an offset is out of range',
    edits: [
      edit(
        'lib/log/log-reader.ts',
        'if (!(error instanceof MovedError) && mayAnswer()) throw error;',
        'if (!(error instanceof MovedError)) throw error;',
      ),
    ],
    anomalies: ['stale-read'],
  },
  {
    without: 'the place of each append within the entry of its group',
    edits: [edit('lib/log/entry-writer.ts', 'baseOffset += countOf(pending.append);', '')],
    anomalies: ['two-values-at-one-offset'],
  },
  {
    without: 'the epoch by which a batch is told from one with the same sequence',
    edits: [edit('lib/log/find-batch.ts', 'batch.epoch === wanted.epoch && batch.sequence', 'batch.sequence')],
    anomalies: ['two-values-at-one-offset', 'lost-record'],
  },
  {
    without: 'the new start of a trail where it was not followed: it reaches back over entries that it never saw',
    edits: [
      edit(
        'lib/log/trail.ts',
        'this.#entries = [];\n    this.#start = offset;\n    this.#end = offset;',
        'this.#end = offset;',
      ),
    ],
    anomalies: ['one-value-at-two-offsets'],
  },
  {
    without: 'the note of where a pending batch may stand from',
    edits: [
      edit('lib/log/idempotent-append.ts', 'count, searchFrom: nextOffset }', 'count, searchFrom: nextOffset + 1 }'),
    ],
    anomalies: ['fenced-send', 'one-value-at-two-offsets'],
  },
  {
    without: 'the move of a batch found in the log to the last five',
    edits: [
      edit(
        'lib/log/producer-rules.ts',
        'const recent = landed ? [...cell.recent, landed].slice(-REMEMBERED) : cell.recent;',
        'const recent = cell.recent;',
      ),
    ],
    anomalies: ['refused-retry'],
  },
  {
    without: 'the condition of the next epoch: it is given out to two',
    edits: [
      edit('lib/produce/init-producer.ts', "if (replaced.outcome === 'replaced') return identity;", 'return identity;'),
    ],
    anomalies: ['one-identity-twice'],
  },
  {
    without: 'the look at the names of topics before a fetch is answered',
    edits: [
      edit(
        'lib/fetch/fetch-partitions.ts',
        'const old = new Set([...this.#topics.values()].filter(topic => !topics.isYoung(topic)));',
        'const old = new Set<never>();',
      ),
    ],
    anomalies: ['two-values-at-one-offset', 'stale-read', 'lost-record'],
  },
  {
    without: 'the fence: a change that was begun before it ended is published',
    edits: [edit('lib/log/publish.ts', 'if (present.state.fence !== begun.state.fence) return undefined;', '')],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: 'the fence that a new leader puts up',
    edits: [
      edit(
        'lib/log/leader.ts',
        'return lease.leaderEpoch === begun.state.leaderEpoch ? begun : putUpFence(deps, at, lease);',
        'return begun;',
      ),
    ],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: 'the fence that a sweep ends',
    edits: [
      edit(
        'lib/maintenance/sweep-objects.ts',
        'if (await replaceState(services, at, { state: { ...state, fence: state.fence + 1 }, version })) return present;',
        'if (version > 0) return present;',
      ),
    ],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: 'the look whether the rolled offset is where a roll began',
    edits: [
      edit('lib/maintenance/roll-partition.ts', 'if (state.rolledOffset !== rolledOffset) return undefined;', ''),
    ],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: 'the look whether what a change takes out of the manifest is still there',
    edits: [
      edit(
        'lib/log/manifest-store.ts',
        'if (present.length !== taken.length || !present.every(({ id }) => takenIds.has(id))) return undefined;',
        '',
      ),
    ],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: 'the references to objects in a sweep',
    edits: [edit('lib/maintenance/sweep-objects.ts', 'new Set([...present, ...formerly])', 'new Set<string>()')],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: 'the look whether a big batch that a list says was folded in is still pointed at',
    edits: [edit('lib/maintenance/sweep-objects.ts', 'if (keys.some(key => hot.keys.has(key))) continue;', '')],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: "the sweep's claim on a big batch that nobody points at",
    edits: [
      edit(
        'lib/maintenance/sweep-objects.ts',
        "if ((await claimObject(services, object.key, 'swept')) === 'swept') await",
        'await',
      ),
    ],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: 'the two ages of a big batch before it counts as an orphan: either alone nearly suffices',
    edits: [
      edit(
        'lib/maintenance/sweep-objects.ts',
        'lastModified < Math.min(youngest, before?.batchesBefore ?? 0) &&',
        'youngest > 0 &&',
      ),
    ],
    anomalies: ['unavailable', 'lost-record'],
  },
  {
    without: 'the log start that retention moves',
    edits: [
      edit(
        'lib/maintenance/retain-log.ts',
        'logStartOffset: Math.max(present.logStartOffset, logStartOffset)',
        'logStartOffset: present.logStartOffset',
      ),
    ],
    anomalies: ['unavailable'],
  },
  {
    without: 'the offsets that batches are stamped with',
    edits: [edit('lib/log/load-batches.ts', 'stampBaseOffset(batch, nextOffset);', '')],
    anomalies: ['two-values-at-one-offset', 'one-value-at-two-offsets', 'lost-record', 'unavailable'],
  },
];
