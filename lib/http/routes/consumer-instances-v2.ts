/** Consumer instances: creating one, and ending it. Any worker serves any instance. */
import * as z from 'zod';
import { offsetResets } from '../../groups/cells.ts';
import { createInstance, deleteInstance } from '../../groups/create-instance.ts';
import { isName } from '../../groups/group.ts';
import { limits } from '../../protocol/limits.ts';
import { check } from '../check.ts';
import { POLL_ID, v2Content, v2Group, v2Instance } from '../consumer-params.ts';
import { HttpError } from '../http-error.ts';
import { readJsonBody } from '../json-body.ts';
import { json, noContent } from '../reply.ts';
import { type BodyOf, route } from '../route.ts';

/** An invalid setting of a consumer. */
const BAD_CONSUMER_CONFIG = 42204;

const MAX_MIN_BYTES = 10_000_000;

/** A number as Confluent's clients write settings: as text, or as a number. */
const setting = (min: number, max: number) =>
  z
    .union([
      z.int(),
      z
        .string()
        .regex(/^-?[0-9]{1,10}$/, 'not an integer')
        .transform(Number),
    ])
    .refine(value => value >= min && value <= max, { error: `not an integer from ${min} to ${max}` })
    .meta({ type: 'integer', minimum: min, maximum: max });

const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform(text => text === 'true')])
  .meta({ type: 'boolean' });

const request = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(limits.groupIdLength)
    .refine(isName, { error: 'a name has no control characters, and is neither . nor ..' })
    .nullish()
    .meta({ description: 'Drawn, where it is left out.' }),
  format: z.enum(['binary', 'json']).nullish().meta({ description: 'binary, where it is left out.' }),
  'auto.offset.reset': z.enum(offsetResets).nullish().meta({ description: 'latest, where it is left out.' }),
  'auto.commit.enable': flag.nullish().meta({ description: 'true, where it is left out.' }),
  'fetch.min.bytes': setting(-1, MAX_MIN_BYTES).nullish(),
  'consumer.request.timeout.ms': setting(0, limits.fetchWaitMs)
    .nullish()
    .meta({ description: '1,000, where it is left out.' }),
  'session.timeout.ms': setting(limits.sessionTimeoutLeastMs, limits.sessionTimeoutMs)
    .nullish()
    .meta({ description: 'How long the instance may be silent; 300,000, where it is left out.' }),
});

type CreateBody = z.output<typeof request>;

const DEFAULT_WAIT_MS = 1_000;

const created = z.object({
  instance_id: z.string(),
  base_uri: z.string().meta({ description: 'What all paths of the instance begin with.' }),
});

/** A setting that is none has a code of its own. */
const body: BodyOf<CreateBody> = {
  content: v2Content(request),
  read(bytes) {
    const checked = check(request, bytes.byteLength === 0 ? {} : readJsonBody(bytes));
    if (checked.ok) return checked.value;
    throw new HttpError(422, `invalid consumer configuration: ${checked.message}`, { errorCode: BAD_CONSUMER_CONFIG });
  },
  isOptional: true,
};

export const consumerInstanceRoutes = [
  route({
    method: 'POST',
    path: '/consumers/{group}',
    servedBy: 'groups',
    summary: 'Create a consumer instance in a group',
    params: v2Group,
    body,
    answer: { status: 200, description: 'The instance, and where to reach it.', content: v2Content(created) },
    async answers({ services, params: { group }, body: settings, links }) {
      const instanceId = await createInstance(services, {
        groupId: group,
        name: settings.name ?? undefined,
        format: settings.format ?? 'binary',
        autoCommit: settings['auto.commit.enable'] ?? true,
        offsetReset: settings['auto.offset.reset'] ?? 'latest',
        fetchMinBytes: Math.max(1, settings['fetch.min.bytes'] ?? 1),
        requestTimeoutMs: settings['consumer.request.timeout.ms'] ?? DEFAULT_WAIT_MS,
        sessionTimeoutMs: settings['session.timeout.ms'] ?? undefined,
      });
      return json({ instance_id: instanceId, base_uri: links.to('consumers', group, 'instances', instanceId) });
    },
  }),
  route({
    method: 'DELETE',
    path: '/consumers/{group}/instances/{instance}',
    servedBy: 'groups',
    summary: 'End a consumer instance',
    params: v2Instance,
    answer: { status: 204, description: 'Others may have its partitions at once.' },
    async answers({ services, params: { group, instance }, header }) {
      await deleteInstance(services, { groupId: group, instanceId: instance, pollId: header(POLL_ID) });
      return noContent;
    },
  }),
];
