/** Consumer instances of a run's group: they poll, say which answer they have, commit, and end. */
import type { FetchResult } from '../../lib/fetch/fetch-partitions.ts';
import { commitInstance } from '../../lib/groups/commit-instance.ts';
import { createInstance, deleteInstance } from '../../lib/groups/create-instance.ts';
import { type Polled, pollInstance } from '../../lib/groups/poll-instance.ts';
import type { GroupServices } from '../../lib/groups/services.ts';
import { subscribeInstance } from '../../lib/groups/subscribe-instance.ts';
import type { MillraceError } from '../../lib/protocol/errors.ts';
import { SUBSCRIBED } from './group-members.ts';
import { fetchFrom, GROUP, type Position, readParts } from './group-reading.ts';
import type { GroupScenario } from './group-scenario.ts';
import type { SimClient } from './sim-client.ts';
import type { Life } from './topic-lives.ts';

interface Answered {
  readonly positions: readonly Position[];
  readonly results: readonly FetchResult[];
}

/** How often an instance commits by itself. */
const AUTO_COMMIT_SHARE = 0.4;

export async function runInstance(client: SimClient, scenario: GroupScenario, requests: number): Promise<void> {
  const { random } = client;
  const autoCommit = random.float() < AUTO_COMMIT_SHARE;
  let instance: InstanceClient | undefined;
  for (let request = 0; request < requests; request++) {
    await client.pause();
    const draw = random.float();
    if (!instance || instance.isGone)
      instance = await begin(client, scenario, { autoCommit, name: `${client.name}-${request}` });
    else if (draw < 0.65 || autoCommit) await instance.poll();
    else if (draw < 0.97) await instance.commit();
    else await instance.end();
  }
}

/** One that subscribes; nothing where that was not answered. */
async function begin(
  client: SimClient,
  { offsetReset, sessionTimeoutMs }: GroupScenario,
  { autoCommit, name }: { readonly autoCommit: boolean; readonly name: string },
): Promise<InstanceClient | undefined> {
  const start = client.now;
  const answer = await client.ask(async services => {
    const own = {
      format: 'binary',
      autoCommit,
      offsetReset,
      fetchMinBytes: 1,
      requestTimeoutMs: 0,
      sessionTimeoutMs,
    } as const;
    await createInstance(services, { groupId: GROUP, name, ...own });
    await subscribeInstance(services, { groupId: GROUP, instanceId: name }, { topics: SUBSCRIBED });
    return {};
  });
  client.write({ operation: 'join', group: GROUP, offsetReset, start, end: client.now, answer });
  return answer.outcome === 'ok' ? new InstanceClient(client, name, autoCommit) : undefined;
}

class InstanceClient {
  readonly #client: SimClient;
  readonly #instanceId: string;
  readonly #autoCommit: boolean;
  #pollId = '';
  /** Where the records end that it has. */
  #received: readonly Position[] = [];
  isGone = false;

  constructor(client: SimClient, instanceId: string, autoCommit: boolean) {
    this.#client = client;
    this.#instanceId = instanceId;
    this.#autoCommit = autoCommit;
  }

  async poll(): Promise<void> {
    this.#writeAutoCommits();
    const start = this.#client.now;
    const lives = new Map(SUBSCRIBED.map(topic => [topic, this.#client.topics.lifeOf({ topic, partition: 0 })]));
    const answer = await this.#client.ask(services => this.#pollOnce(services));
    if (answer.outcome === 'failed') this.#noteIfGone(answer.code);
    if (answer.outcome !== 'ok') return;
    const { answer: answered, pollId } = answer.result;
    this.#pollId = pollId;
    this.#write(answered, start, lives);
  }

  async commit(): Promise<void> {
    const positions = this.#received;
    if (positions.length === 0) return;
    const offsets = positions.map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
    const parts = positions.map(each => ({
      place: each,
      // its right is the server's affair
      asked: { operation: 'commit', group: GROUP, offset: each.position } as const,
      outcomeOf: () => ({ outcome: 'ok', result: {} }) as const,
    }));
    const name = { groupId: GROUP, instanceId: this.#instanceId };
    // one of several that is refused fails the request: of the others nothing is known
    const answer = await this.#client.askParts(parts, services => commitInstance(services, { ...name, offsets }));
    if (answer.outcome === 'failed') this.#noteIfGone(answer.code);
  }

  async end(): Promise<void> {
    this.#writeAutoCommits();
    this.isGone = true;
    await this.#client.ask(services => deleteInstance(services, { groupId: GROUP, instanceId: this.#instanceId }));
  }

  #noteIfGone(code: string): void {
    this.isGone ||= code === 'UNKNOWN_MEMBER_ID';
  }

  /** What it may commit by itself from now on, at any time. */
  #writeAutoCommits(): void {
    if (!this.#autoCommit) return;
    const { now } = this.#client;
    for (const { topic, partition, position } of this.#received) {
      const log = this.#client.topics.logOf({ topic, partition });
      const answer = { outcome: 'unknown', error: 'nobody is told' } as const;
      this.#client.write({ operation: 'commit', group: GROUP, log, offset: position, start: now, end: now, answer });
    }
  }

  #pollOnce(services: GroupServices): Promise<Polled<Answered>> {
    return pollInstance(services, {
      groupId: GROUP,
      instanceId: this.#instanceId,
      pollId: this.#pollId,
      async read({ held }) {
        const positions = held.map(({ topic, partition, since, position }) => ({ topic, partition, since, position }));
        const results = await fetchFrom(services, positions);
        const next = results.map((result): number | MillraceError =>
          'error' in result ? result.error : result.nextOffset,
        );
        const isEmpty = next.every((each, index) => each === positions[index]?.position || typeof each !== 'number');
        return { answer: { positions, results }, next, isEmpty };
      },
    });
  }

  #write({ positions, results }: Answered, start: number, lives: ReadonlyMap<string, Life>): void {
    const parts = readParts(positions, (answer: readonly FetchResult[], index) => answer[index]);
    const begun = positions.map(each => lives.get(each.topic) ?? this.#client.topics.lifeOf(each));
    this.#client.writeParts(parts, start, begun, { outcome: 'ok', result: results });
    this.#received = positions.flatMap((each, index) => {
      const result = results[index];
      return result && !('error' in result) ? [{ ...each, position: result.nextOffset }] : [];
    });
  }
}
