/**
 * The offsets of a consumer group on v3: as they are stored, of the next record to read. An error of one partition is that
 * partition's alone.
 */
import * as z from 'zod';
import { commitStandalone, deleteOffsets, setOffsets } from '../../groups/alter-offsets.ts';
import { type CommitResult, commitOffsets } from '../../groups/commit-offsets.ts';
import { readCommitted } from '../../groups/read-offsets.ts';
import { resetOffsets } from '../../groups/reset-offsets.ts';
import { partitionsOf } from '../../groups/topic-matches.ts';
import { limits } from '../../protocol/limits.ts';
import { offset, v3Group } from '../consumer-params.ts';
import { toIso } from '../iso-timestamp.ts';
import { jsonBody } from '../json-body.ts';
import { mediaType } from '../media-type.ts';
import {
  type PartitionResult,
  partition_id,
  resetBody,
  resetResults,
  resetTo,
  resultsOf,
  someOfTopic,
  topic_name,
} from '../offset-resets.ts';
import { optional, unicode } from '../record-schemas.ts';
import { json } from '../reply.ts';
import { list, listOf } from '../resources.ts';
import { type Call, route } from '../route.ts';

const groupPath = '/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}';

const most = limits.offsetsPerCommit;
const named = z.strictObject({ topic_name, partition_id });

const setTo = named.extend({ offset, metadata: optional(unicode) });

const commit = z.strictObject({
  member_id: optional(z.string().max(limits.groupIdLength)).meta({
    description: 'Of the member that commits; left out by a reader that is none, whose group has no members.',
  }),
  instance_id: optional(z.string().max(limits.groupIdLength)),
  offsets: z
    .array(
      setTo.extend({
        assignment_epoch: optional(z.int().min(1)).meta({
          description: 'As it came with the partition; members give it.',
        }),
      }),
    )
    .min(1)
    .max(most),
});

const alter = z.strictObject({ offsets: z.array(setTo).min(1).max(most) });

const removal = z.strictObject({ topics: z.array(someOfTopic).min(1).max(most) });

const committedData = z.object({
  kind: z.literal('MillraceGroupOffset'),
  topic_name: z.string(),
  partition_id: z.int(),
  offset: z.int(),
  metadata: z.string(),
  committed_at: z.iso.datetime(),
});

type GroupParams = z.output<typeof v3Group>;

const partOf = ({ topic_name: topic, partition_id: partition }: z.output<typeof named>) => ({ topic, partition });

/** Each partition with what became of it. */
const paired = <P extends { readonly topic: string; readonly partition: number }>(
  parts: readonly P[],
  became: readonly CommitResult[],
): readonly PartitionResult[] => parts.map(({ topic, partition }, index) => ({ topic, partition, ...became[index] }));

export const groupOffsetRoutes = [
  route({
    method: 'GET',
    path: `${groupPath}/offsets`,
    servedBy: 'groups',
    summary: 'List what a consumer group has committed',
    params: v3Group,
    answer: {
      status: 200,
      description: 'In the order of topics and partitions.',
      content: { [mediaType.json]: listOf('MillraceGroupOffsetList', committedData) },
    },
    async answers({ services, params: { cluster_id, consumer_group_id }, links }) {
      const committed = await readCommitted(services, consumer_group_id);
      const data = committed.map(({ topic, partition, offset: at, metadata, committedAt }) => ({
        kind: 'MillraceGroupOffset',
        topic_name: topic,
        partition_id: partition,
        offset: at,
        metadata,
        committed_at: toIso(committedAt),
      }));
      const self = links.to('v3', 'clusters', cluster_id, 'consumer-groups', consumer_group_id, 'offsets');
      return json(list('MillraceGroupOffsetList', self, data));
    },
  }),
  route({
    method: 'POST',
    path: `${groupPath}/offsets:commit`,
    servedBy: 'groups',
    summary: 'Commit offsets, as a member of the group, or as a reader where it has none',
    params: v3Group,
    body: jsonBody(commit),
    answer: resetResults,
    async answers({ services, params: { consumer_group_id: groupId }, body }) {
      const { member_id: incarnation, instance_id } = body;
      const offsets = body.offsets.map(({ assignment_epoch, offset: at, metadata, ...part }) => ({
        ...partOf(part),
        offset: at,
        metadata,
        since: assignment_epoch ?? 0,
      }));
      if (incarnation === undefined)
        return resultsOf(paired(offsets, await commitStandalone(services, { groupId, offsets })));
      const member = { memberId: instance_id ?? incarnation, incarnation };
      return resultsOf(paired(offsets, await commitOffsets(services, { groupId, member, offsets })));
    },
  }),
  route({
    method: 'POST',
    path: `${groupPath}/offsets:alter`,
    servedBy: 'groups',
    summary: 'Set the offsets of a group that has no members',
    params: v3Group,
    body: jsonBody(alter),
    answer: resetResults,
    async answers({ services, params: { consumer_group_id: groupId }, body }) {
      const offsets = body.offsets.map(({ offset: at, metadata, ...part }) => ({
        ...partOf(part),
        offset: at,
        metadata,
      }));
      return resultsOf(paired(offsets, await setOffsets(services, { groupId, offsets })));
    },
  }),
  route({
    method: 'POST',
    path: `${groupPath}/offsets:reset`,
    servedBy: 'groups',
    summary: 'Set the offsets of a group that has no members, by what they mean',
    params: v3Group,
    body: jsonBody(resetBody),
    answer: resetResults,
    async answers({ services, params: { consumer_group_id: groupId }, body }) {
      const partitions = await partitionsOf(services, body.topics.map(topicOf));
      return resultsOf(await resetOffsets(services, { groupId, partitions, to: resetTo(body) }));
    },
  }),
  route({
    method: 'POST',
    path: `${groupPath}/offsets:delete`,
    servedBy: 'groups',
    summary: 'Delete the offsets of topics that no member is subscribed to',
    params: v3Group,
    body: jsonBody(removal),
    answer: resetResults,
    async answers({
      services,
      params: { consumer_group_id: groupId },
      body,
    }: Call<GroupParams, unknown, z.output<typeof removal>>) {
      const partitions = await partitionsOf(services, body.topics.map(topicOf));
      return resultsOf(paired(partitions, await deleteOffsets(services, { groupId, partitions })));
    },
  }),
];

const topicOf = ({ topic_name: topic, partitions }: z.output<typeof someOfTopic>) => ({ topic, partitions });
