/** Producer ids and epochs, for idempotent producing. */
import * as z from 'zod';
import { newProducer, nextEpoch } from '../../produce/init-producer.ts';
import { limits } from '../../protocol/limits.ts';
import { optionalJsonBody } from '../json-body.ts';
import { mediaType } from '../media-type.ts';
import { cluster } from '../params.ts';
import { optional } from '../record-schemas.ts';
import { json } from '../reply.ts';
import { route } from '../route.ts';

const producer = z.object({
  kind: z.literal('MillraceProducer'),
  cluster_id: z.string(),
  producer_id: z.int(),
  producer_epoch: z.int().min(0).max(limits.producerEpoch),
});

export const producerRoutes = [
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/producers',
    servedBy: 'produce',
    summary: 'Get a producer id with epoch 0, or the next epoch of one',
    params: cluster,
    body: optionalJsonBody(z.strictObject({ producer_id: optional(z.int().min(0)) })),
    answer: { status: 201, description: 'The id and its epoch.', content: { [mediaType.json]: producer } },
    async answers({ services, params, body }) {
      const known = body?.producer_id;
      const identity = known === undefined ? await newProducer(services) : await nextEpoch(services, known);
      return json({
        kind: 'MillraceProducer',
        cluster_id: params.cluster_id,
        producer_id: identity.producerId,
        producer_epoch: identity.producerEpoch,
      });
    },
  }),
];
