/** A partition as clients name it. */
export interface NamedPartition {
  readonly topic: string;
  readonly partition: number;
}
