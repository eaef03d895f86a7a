/** Names of logs, such as `click#1/0`: the topic, which of its lives, and the partition. */
export interface LogName {
  /** The same in every life of the topic. */
  readonly place: string;
  readonly topic: string;
  readonly life: number;
}

/** A name of another form is a place of its own, with one life. */
export function parseLogName(log: string): LogName {
  const parts = /^(.*)#(\d+)\/(\d+)$/.exec(log);
  return parts
    ? { place: `${parts[1]}/${parts[3]}`, topic: `${parts[1]}`, life: Number(parts[2]) }
    : { place: log, topic: log, life: 1 };
}
