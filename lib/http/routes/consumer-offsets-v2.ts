/** Committed offsets of a consumer instance. As in Confluent's, who commits the offset of a record commits that it was read: the next is stored. */
import * as z from 'zod';
import { commitInstance } from '../../groups/commit-instance.ts';
import { readCommittedOf } from '../../groups/read-offsets.ts';
import { readAssignment } from '../../groups/subscribe-instance.ts';
import { sideBySide } from '../../log/side-by-side.ts';
import { limits } from '../../protocol/limits.ts';
import { namedPartition, optionalV2Body, POLL_ID, v2Content, v2Instance } from '../consumer-params.ts';
import { unicode } from '../record-schemas.ts';
import { json } from '../reply.ts';
import { route } from '../route.ts';

const path = '/consumers/{group}/instances/{instance}/offsets';

const commit = z.strictObject({
  offsets: z
    .array(
      namedPartition.extend({
        offset: z
          .int()
          .min(0)
          .max(limits.offset - 1),
        metadata: unicode.nullish(),
      }),
    )
    .max(limits.offsetsPerCommit),
});

const asked = z.strictObject({ partitions: z.array(namedPartition).max(limits.partitionsPerFetch) });

const committed = z.object({
  offsets: z.array(
    z.object({
      topic: z.string(),
      partition: z.int(),
      offset: z.int().meta({ description: 'Of the next record to read.' }),
      metadata: z.string(),
    }),
  ),
});

export const consumerOffsetRoutes = [
  route({
    method: 'POST',
    path,
    servedBy: 'groups',
    summary: 'Commit offsets of a consumer instance; without a body, all that it was given',
    params: v2Instance,
    query: z.object({
      async: z.string().optional().meta({ description: 'Accepted; a commit is answered once it is stored.' }),
    }),
    body: optionalV2Body(commit),
    answer: {
      status: 200,
      description: 'All were committed. The list is empty, as in Confluent’s.',
      content: v2Content(z.array(z.never())),
    },
    async answers({ services, params: { group, instance }, body, header }) {
      // what was read is stored as what is to be read next
      const offsets = body?.offsets.map(({ topic, partition, offset, metadata }) => ({
        topic,
        partition,
        offset: offset + 1,
        metadata: metadata ?? undefined,
      }));
      await commitInstance(services, { groupId: group, instanceId: instance, offsets, pollId: header(POLL_ID) });
      return json([]);
    },
  }),
  route({
    method: 'GET',
    path,
    servedBy: 'groups',
    summary: 'What the group has committed of partitions; without a body, of those that the instance has',
    params: v2Instance,
    body: optionalV2Body(asked),
    answer: { status: 200, description: 'The offsets that there are.', content: v2Content(committed) },
    async answers({ services, params: { group, instance }, body }) {
      const held = await readAssignment(services, { groupId: group, instanceId: instance });
      const offsets = await sideBySide(body?.partitions ?? held, async ({ topic, partition }) => {
        const found = await readCommittedOf(services, group, { topic, partition });
        return found ? [{ topic, partition, offset: found.offset, metadata: found.metadata }] : [];
      });
      return json({ offsets: offsets.flat() });
    },
  }),
];
