/** What the routes of consumers and groups have in common. */
import * as z from 'zod';
import { limits } from '../protocol/limits.ts';
import { checkBody, readJsonBody } from './json-body.ts';
import { mediaType } from './media-type.ts';
import { cluster, topicName } from './params.ts';
import { MAX_PARTITION } from './record-schemas.ts';
import type { BodyOf, Content } from './route.ts';

const id = (description: string) =>
  z
    .string()
    .min(1)
    .max(limits.groupIdLength)
    .meta({ description: `${description}, 1 to ${limits.groupIdLength} characters.` });

export const v2Group = z.object({ group: id('Id of the consumer group') });
export const v2Instance = v2Group.extend({ instance: id('Name of the consumer instance') });
export const v3Group = cluster.extend({ consumer_group_id: id('Id of the consumer group') });
export const v3Consumer = v3Group.extend({ consumer_id: id('Id of the member') });

/** The partition that a request names. Whether there is one is looked up. */
export const namedPartition = z.strictObject({ topic: topicName, partition: z.int().min(0).max(MAX_PARTITION) });

export const offset = z.int().min(0).max(limits.offset);

/** Answers of v2 that are no records. */
export const v2Content = (schema: z.ZodType): Content => ({
  [mediaType.v2]: schema,
  [mediaType.v2Default]: schema,
  [mediaType.json]: schema,
});

/** A body of v2 that is no records. */
export const v2Body = <T>(schema: z.ZodType<T>): BodyOf<T> => ({
  content: v2Content(schema),
  read: bytes => checkBody(schema, readJsonBody(bytes)),
});

/** The same, that may be left out. */
export const optionalV2Body = <T>(schema: z.ZodType<T>): BodyOf<T | undefined> => ({
  content: v2Content(schema),
  isOptional: true,
  read: bytes => (bytes.byteLength === 0 ? undefined : checkBody(schema, readJsonBody(bytes))),
});

/** By which a client says which answer it received last, and is told the id of the next. */
export const POLL_ID = 'Millrace-Poll-Id';
