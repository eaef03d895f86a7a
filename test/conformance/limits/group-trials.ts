/** Limits of topics, of groups and of triggers. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import type { Answer } from '../client.ts';
import { newGroup } from '../support/consumers.ts';
import { offsetOf, postBeat, postOffsets, resultsOf } from '../support/groups.ts';
import type { TriggerBody, Triggers } from '../support/triggers.ts';
import { named, type Place, type Trial, takenOrElse } from './trial.ts';

async function createTopic({ client }: Place, topic_name: string, partitions_count: number): Promise<Answer> {
  const answer = await client.post('…/topics', { topic_name, partitions_count });
  if (answer.status === 201) await client.send('DELETE', `…/topics/${topic_name}`);
  return answer;
}

/** RE2 writes repetitions out, and has steps of its own besides. */
async function joinWithSteps({ client }: Place, size: number): Promise<Answer> {
  const join = (repeated: number) => {
    const subscribed_topic_regex = `x{${Math.floor(repeated / 2)}}y{${Math.ceil(repeated / 2)}}`;
    return postBeat(client, newGroup(), { member_id: 'm', member_epoch: 0, subscribed_topic_regex });
  };
  const most = 2_000;
  const steps = Number(/has ([0-9]+) steps/.exec((await join(most)).text)?.[1]);
  return join(most - (steps - size));
}

const noTopics = (count: number) => Array.from({ length: count }, (_, index) => `no-such-topic-${index}`);

/** Objects within objects around a leaf. */
const nested = (depth: number): unknown => (depth === 0 ? ['x'] : { a: nested(depth - 1) });

export function groupTrials(triggers: Triggers) {
  const postTrigger = ({ topic }: Place, more: TriggerBody) => triggers.postPaused(topic, more);
  const filter = (text: string) => ({ filters: [JSON.parse(text)] });
  return {
    topicNameLength: [
      { send: (place, size) => createTopic(place, randomBytes(8).toString('hex').padEnd(size, 'x'), 1) },
    ],
    partitionsPerTopic: [{ send: (place, size) => createTopic(place, place.client.newName(), size) }],
    topicPatternSteps: [{ send: joinWithSteps }],
    offsetMetadataBytes: [
      {
        send: ({ client, topic }, size) =>
          postOffsets(client, newGroup(), 'commit', {
            offsets: [offsetOf(topic, 1, { metadata: 'é'.repeat(size / 2) + 'm'.repeat(size % 2) })],
          }),
        taken: answer => expect(resultsOf(answer)[0]?.error_code).toBe(0),
        refused: answer => expect(resultsOf(answer)[0]?.error_code).toBe(12),
      },
    ],
    triggerNameLength: [
      { send: (place, size) => postTrigger(place, { trigger_name: triggers.newName().padEnd(size, 'x') }) },
    ],
    topicsPerTrigger: [
      {
        send: (place, size) => postTrigger(place, { topics: noTopics(size) }),
        taken: ({ status, text }) => expect([status, text]).toEqual([404, expect.stringContaining('no-such-topic')]),
      },
    ],
    triggerFunctionLength: [
      {
        of: 'function',
        send: async (place, size) => postTrigger(place, { function: (await triggers.function()).padEnd(size, 'x') }),
        taken: takenOrElse(limits.triggerFunctionLength),
      },
    ],
    filtersPerTrigger: [
      {
        send: (place, size) =>
          postTrigger(place, { filters: Array.from({ length: size }, () => ({ value: { a: ['x'] } })) }),
      },
    ],
    filterLength: [
      {
        send(place, size) {
          const text = '{"value":{"a":[""]}}';
          return postTrigger(place, filter(text.replace('""', `"${'x'.repeat(size - text.length)}"`)));
        },
      },
    ],
    filterDepth: [
      {
        send: (place, size) => postTrigger(place, { filters: [{ value: nested(size) }] }),
        refused: ({ status, text }) =>
          expect([status, text]).toEqual([422, expect.stringMatching(named(limits.filterDepth))]),
      },
    ],
  } as const satisfies { readonly [name in keyof typeof limits]?: readonly Trial[] };
}
