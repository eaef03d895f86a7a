/**
 * A closed loop: each client sends its next request when its last was answered. So a slow server is asked less, and the
 * latencies are those at the rate it can bear.
 */

/** One request after another of one client; resolves with what the answer to this one said. */
export type Client = () => Promise<Answered>;

export interface Answered {
  readonly records: number;
  readonly bytes: number;
}

export interface LoadOptions {
  readonly clients: readonly Client[];
  readonly seconds: number;
  /** Requests after which the load ends early, so that disk and memory stay bounded. */
  readonly maxRequests: number;
}

export interface Load {
  readonly records: number;
  readonly recordsPerSecond: number;
  readonly requestsPerSecond: number;
  readonly bytesPerAnswer: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function runLoad({ clients, seconds, maxRequests }: LoadOptions): Promise<Load> {
  const latencies: number[] = [];
  let records = 0;
  let bytes = 0;
  const since = performance.now();
  const until = since + seconds * 1e3;
  const loop = async (next: Client) => {
    for (let sent = performance.now(); sent < until && latencies.length < maxRequests; ) {
      const answered = await next();
      const received = performance.now();
      latencies.push(received - sent);
      records += answered.records;
      bytes += answered.bytes;
      sent = received;
    }
  };
  await Promise.all(clients.map(loop));
  const elapsed = (performance.now() - since) / 1e3;
  latencies.sort((a, b) => a - b);
  return {
    records,
    recordsPerSecond: records / elapsed,
    requestsPerSecond: latencies.length / elapsed,
    bytesPerAnswer: latencies.length === 0 ? 0 : bytes / latencies.length,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/** What is measured against each other: each runs its load for so many seconds. */
export type Subjects<Name extends string> = Readonly<Record<Name, (seconds: number) => Promise<Load>>>;

const ROUNDS = 3;

/**
 * Measures the subjects in turn, round after round, so that whatever else goes on on the machine meets all of them alike; of
 * each the round in the middle counts.
 */
export async function inRounds<Name extends string>(
  subjects: Subjects<Name>,
  seconds: number,
): Promise<Readonly<Record<Name, Load>>> {
  const names = Object.keys(subjects) as Name[];
  const loads = new Map<Name, Load[]>(names.map(name => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) loads.get(name)?.push(await subjects[name](seconds / ROUNDS));
  }
  return Object.fromEntries([...loads].map(([name, rounds]) => [name, middleOf(rounds)])) as Record<Name, Load>;
}

function middleOf(rounds: readonly Load[]): Load {
  const sorted = rounds.toSorted((a, b) => a.recordsPerSecond - b.recordsPerSecond);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}

/** Of values in ascending order. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
