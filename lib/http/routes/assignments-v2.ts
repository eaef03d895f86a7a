/** The partitions that a consumer instance has, by its subscription or by its own choice. */
import * as z from 'zod';
import { assignInstance, readAssignment } from '../../groups/subscribe-instance.ts';
import { limits } from '../../protocol/limits.ts';
import { namedPartition, v2Body, v2Content, v2Instance } from '../consumer-params.ts';
import { json, noContent } from '../reply.ts';
import { route } from '../route.ts';

const path = '/consumers/{group}/instances/{instance}/assignments';

const request = z.strictObject({ partitions: z.array(namedPartition).max(limits.partitionsPerFetch) });

const assignment = z.object({ partitions: z.array(z.object({ topic: z.string(), partition: z.int() })) });

export const assignmentRoutes = [
  route({
    method: 'POST',
    path,
    servedBy: 'groups',
    summary: 'Have a consumer instance read these partitions and no others, whoever else does',
    params: v2Instance,
    body: v2Body(request),
    answer: { status: 204, description: 'The instance begins at the offsets that its group has committed.' },
    async answers({ services, params: { group, instance }, body }) {
      await assignInstance(services, { groupId: group, instanceId: instance }, body.partitions);
      return noContent;
    },
  }),
  route({
    method: 'GET',
    path,
    servedBy: 'groups',
    summary: 'The partitions that a consumer instance has',
    params: v2Instance,
    answer: { status: 200, description: 'Its partitions.', content: v2Content(assignment) },
    async answers({ services, params: { group, instance } }) {
      const held = await readAssignment(services, { groupId: group, instanceId: instance });
      return json({ partitions: held.map(({ topic, partition }) => ({ topic, partition })) });
    },
  }),
];
