/** What a history may not show. */
export type AnomalyKind =
  /** Two records at one offset. */
  | 'two-values-at-one-offset'
  /** A record stored more often than its producer may have caused. */
  | 'one-value-at-two-offsets'
  /** An acknowledged record that a reader past its offset did not see. */
  | 'lost-record'
  /** A reader was led past an offset that holds nothing. */
  | 'gap'
  /** A record below another that was acknowledged before it was first sent, or that its producer sent before it. */
  | 'reordered-send'
  /** A record of a producer's older epoch above one of a newer. */
  | 'fenced-send'
  /** A stored batch is refused when its producer sends it again. */
  | 'refused-retry'
  /** The same producer id and epoch given out twice. */
  | 'one-identity-twice'
  /** Records that do not ascend within one answer, or lie outside of what it says it covers. */
  | 'non-monotonic-read'
  /** A record whose every try failed for certain. */
  | 'read-of-failed'
  /** A record that nobody sent to this log. */
  | 'read-of-unsent'
  | 'read-past-high-watermark'
  | 'high-watermark-went-back'
  | 'log-start-went-back'
  | 'committed-offset-went-back'
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
