/** Where a consumer instance reads next. Moving a position commits nothing. */
import * as z from 'zod';
import { type Seek, seekInstance } from '../../groups/seek-instance.ts';
import { readAssignment } from '../../groups/subscribe-instance.ts';
import { limits } from '../../protocol/limits.ts';
import { namedPartition, offset, v2Body, v2Content, v2Instance } from '../consumer-params.ts';
import { isoTimestamp } from '../iso-timestamp.ts';
import { json, noContent } from '../reply.ts';
import { type Route, route } from '../route.ts';

const path = '/consumers/{group}/instances/{instance}/positions';

const most = limits.partitionsPerFetch;

const request = z
  .strictObject({
    offsets: z
      .array(namedPartition.extend({ offset, metadata: z.string().nullish() }))
      .max(most)
      .nullish(),
    timestamps: z
      .array(namedPartition.extend({ timestamp: isoTimestamp }))
      .max(most)
      .nullish(),
  })
  .refine(({ offsets, timestamps }) => offsets || timestamps, { error: 'neither offsets nor timestamps are given' });

const partitions = z.strictObject({ partitions: z.array(namedPartition).max(most) });

const positions = z.object({
  offsets: z.array(z.object({ topic: z.string(), partition: z.int(), offset: z.int() })),
});

export const positionRoutes = [
  route({
    method: 'GET',
    path,
    servedBy: 'groups',
    summary: 'Where a consumer instance reads next',
    params: v2Instance,
    answer: { status: 200, description: 'The next offset of each of its partitions.', content: v2Content(positions) },
    async answers({ services, params: { group, instance } }) {
      const held = await readAssignment(services, { groupId: group, instanceId: instance });
      return json({ offsets: held.map(({ topic, partition, position }) => ({ topic, partition, offset: position })) });
    },
  }),
  route({
    method: 'POST',
    path,
    servedBy: 'groups',
    summary: 'Have a consumer instance read on from offsets, or from points in time',
    params: v2Instance,
    body: v2Body(request),
    answer: { status: 204, description: 'All positions were moved; on an error, none.' },
    async answers({ services, params: { group, instance }, body: { offsets, timestamps } }) {
      const seeks: Seek[] = [
        ...(offsets ?? []).map(each => ({ ...each, to: { kind: 'offset', offset: each.offset } as const })),
        ...(timestamps ?? []).map(({ timestamp, ...at }) => ({ ...at, to: { kind: 'timestamp', timestamp } as const })),
      ];
      await seekInstance(services, { groupId: group, instanceId: instance }, seeks);
      return noContent;
    },
  }),
  seekRoute('beginning', 'earliest'),
  seekRoute('end', 'latest'),
];

function seekRoute(name: 'beginning' | 'end', kind: 'earliest' | 'latest'): Route {
  return route({
    method: 'POST',
    path: `${path}/${name}`,
    servedBy: 'groups',
    summary: `Have a consumer instance read on from the ${name} of partitions`,
    params: v2Instance,
    body: v2Body(partitions),
    answer: { status: 204, description: 'All positions were moved; on an error, none.' },
    async answers({ services, params: { group, instance }, body }) {
      const seeks = body.partitions.map((each): Seek => ({ ...each, to: { kind } }));
      await seekInstance(services, { groupId: group, instanceId: instance }, seeks);
      return noContent;
    },
  });
}
