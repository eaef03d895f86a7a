/** What a history may not show. */
export type AnomalyKind =
  /** Two records at one offset. */
  | 'two-values-at-one-offset'
  /** A record stored more often than its producer may have caused. */
  | 'one-value-at-two-offsets'
  /** A batch that does not stand whole, in its order, side by side. */
  | 'torn-batch'
  /** An acknowledged record that a reader past its offset did not see. */
  | 'lost-record'
  /** A reader was led past an offset that holds nothing. */
  | 'gap'
  /** The last record of a key, on a compacted log, that a reader past its offset did not see. */
  | 'lost-latest'
  /** A superseded record that is gone although it, or what superseded it, is younger than the log's lag. */
  | 'compacted-too-young'
  /** A tombstone that is gone although a reader may have seen what it deletes a moment ago. */
  | 'lost-tombstone'
  /** A record that outlives its tombstone, or that was gone and is back. */
  | 'resurrected'
  /** A record below what was acknowledged, or told to be the end, before it was first sent, or below what its producer sent before it. */
  | 'reordered-send'
  /** A batch of a producer without the one before it. */
  | 'missing-sequence'
  /** A record of a producer's older epoch above one of a newer. */
  | 'fenced-send'
  /** A producer is told of a newer epoch that nobody asked for. */
  | 'fenced-by-nobody'
  /** A stored batch is refused when its producer sends it again. */
  | 'refused-retry'
  /** The same producer id and epoch given out twice. */
  | 'one-identity-twice'
  /** A producer's next epoch that is no higher than one given out before. */
  | 'epoch-went-back'
  /** Records that do not ascend within one answer, or lie outside of what it says it covers. */
  | 'non-monotonic-read'
  /** A record whose every try so far failed for certain. */
  | 'read-of-failed'
  /** A record that nobody had sent to this log. */
  | 'read-of-unsent'
  | 'read-past-high-watermark'
  | 'read-below-log-start'
  /** An answer without records below the high watermark: its reader never gets on. */
  | 'stuck-read'
  | 'high-watermark-went-back'
  | 'log-start-went-back'
  | 'log-start-past-high-watermark'
  /** A log that ends above all that was sent to it. */
  | 'end-from-nowhere'
  /** A log start that nobody asked for. */
  | 'log-start-from-nowhere'
  /** Records are there that were deleted long enough ago. */
  | 'lost-deletion'
  | 'committed-offset-went-back'
  /** A committed offset that nobody asked for, or only before it was reset. */
  | 'committed-offset-from-nowhere'
  /** One right to commit that two processes have. */
  | 'two-owners'
  /** A commit that was taken although the partition had been another's, or the offset reset, before it was sent. */
  | 'stale-commit'
  /** An offset was committed, and no member had been given a record below it. */
  | 'skipped-record'
  /** A trigger's function was given a record although one before it was neither done nor given up. */
  | 'out-of-order-delivery'
  /** A trigger committed past a record that was neither done nor given up. */
  | 'skipped-by-trigger'
  /** A trigger's function was invoked for a partition for which it still ran. */
  | 'overlapping-invocations'
  /** A trigger's function was given records from before those that it had been given, though nobody had set the trigger back. */
  | 'delivery-went-back'
  /** A trigger went on from where it was, although it had been set to another offset. */
  | 'lost-reset'
  /** A trigger's function was given records while the trigger was off, or of a topic or a time that is not the trigger's. */
  | 'unasked-invocation'
  /** Records of a trigger were given up before all their retries had failed. */
  | 'given-up-early'
  /** Records of a trigger failed again and again, and were not given up. */
  | 'given-up-late'
  /** A trigger is gone, or another is in its place, although nobody took it away. */
  | 'lost-trigger'
  /** A setting of a trigger that was changed is what it was before. */
  | 'lost-change'
  /** A trigger that does not come to the end of a log although nothing is wrong any more. */
  | 'stuck-trigger'
  /** A read that began after an acknowledgement and does not know of the record. */
  | 'stale-read'
  /** A record that can be neither read nor appended although nothing is wrong any more. */
  | 'unavailable';

export interface Anomaly {
  readonly kind: AnomalyKind;
  /** The log, or the group and the log; empty where it concerns none. */
  readonly log: string;
  readonly detail: string;
}

/** What a check of one log finds. */
export type Found = readonly [AnomalyKind, string];
