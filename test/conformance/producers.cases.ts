/** Producer ids and epochs. */
import { describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { newProducer } from './support/produce.ts';
import { expectError, misfit, notJson } from './support/refusals.ts';
import { producer } from './support/shapes.ts';

export function producerCases(client: Client): void {
  describe('producers', () => {
    it.each([
      ['without a body', {}],
      ['with an empty object', { json: {} }],
    ])('are given a new id and epoch 0 %s', async (_how, options) => {
      const answer = await client.send('POST', '…/producers', options);
      expect(answer.status, answer.text).toBe(201);
      expect(answer.type).toBe('application/json');
      const given = producer.parse(answer.json);
      expect(given.producer_epoch).toBe(0);
      expect(given.cluster_id).toBe(await client.clusterId());
    });

    it('never share an id', async () => {
      const given = await Promise.all(Array.from({ length: 10 }, () => newProducer(client)));
      expect(new Set(given.map(({ producer_id }) => producer_id)).size).toBe(10);
    });

    it('are given the next epoch of their own id', async () => {
      const { producer_id } = await newProducer(client);
      for (const producer_epoch of [1, 2]) {
        const answer = await client.post('…/producers', { producer_id });
        expect(answer.status, answer.text).toBe(201);
        expect(producer.parse(answer.json)).toMatchObject({ producer_id, producer_epoch });
      }
    });

    it('are never given one epoch twice', async () => {
      const { producer_id } = await newProducer(client);
      const answers = await Promise.all([1, 2, 3, 4].map(() => client.post('…/producers', { producer_id })));
      const epochs = answers.map(answer => producer.parse(answer.json).producer_epoch);
      expect(epochs.sort()).toEqual([1, 2, 3, 4]);
    });

    it('are refused an epoch of an id that nobody was given', async () => {
      const answer = await client.post('…/producers', { producer_id: 1 });
      expectError(answer, { status: 409, code: 40913, message: /^UNKNOWN_PRODUCER_ID/ });
    });

    it.each([-1, 1.5, 'seven', [], 2 ** 53])('are refused with the id %j', async producer_id => {
      expectError(await client.post('…/producers', { producer_id }), misfit);
    });

    it.each([
      ['{', notJson],
      ['[]', misfit],
      ['"id"', misfit],
      ['7', misfit],
    ])('are refused with the body %s', async (body, expected) => {
      const answer = await client.send('POST', '…/producers', { body, type: 'application/json' });
      expectError(answer, expected);
    });
  });
}
