/**
 * Every bound that the OpenAPI document states is tried: at it and one within it a request is not refused on its account; one beyond
 * it is refused by an error that names the field and the bound, and nothing is stored. A thousand requests: on one machine alone, what
 * refuses them is the same code everywhere.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Client } from './client.ts';
import { type Bound, boundedOperations, nameOf } from './limits/bounds.ts';
import { requestOf } from './limits/requests.ts';
import { Samples } from './limits/samples.ts';
import { getWithBody } from './support/get-with-body.ts';
import { endOffsets } from './support/read.ts';
import { expectRecordsRefused } from './support/refusals.ts';
import { Triggers, triggersPath } from './support/triggers.ts';

export function boundCases(client: Client): void {
  const samples = new Samples(client, new Triggers(client));

  beforeAll(() => samples.prepare());

  /** All that a refused request could have changed. */
  async function state(): Promise<unknown> {
    const lists = await Promise.all(['…/topics', '…/consumer-groups', triggersPath].map(path => client.get(path)));
    return [await endOffsets(client, samples.topic), ...lists.map(namesIn)];
  }

  describe.each(boundedOperations())('$method $path', ({ method, path, operation, bounds }) => {
    async function made(bound: Bound, size: number): Promise<() => Promise<Answer>> {
      const request = requestOf({ path, operation, samples: await samples.of(path, bound), tried: { bound, size } });
      const { json } = request.options;
      return method === 'GET' && json !== undefined
        ? () => getWithBody(client, request.path, JSON.stringify(json))
        : () => client.send(method, request.path, request.options);
    }

    it.each(bounds.map(bound => ({ name: nameOf(bound), bound })))('takes $name', async ({ bound }) => {
      for (const size of within(bound)) {
        const answer = await (await made(bound, size))();
        if (isRefusedForMore(bound, answer)) continue;
        expect(taken, `${size}: ${answer.text.slice(0, 300)}`).toContain(answer.status);
      }
    });

    it('refuses what is one beyond, by its name, and stores nothing of it', async () => {
      const tried = bounds.flatMap(bound => beyond(bound).map(size => ({ bound, size })));
      const requests = await Promise.all(tried.map(({ bound, size }) => made(bound, size)));
      const before = await state();
      const answers = [];
      for (const send of requests) answers.push(await send());
      expect(await state()).toEqual(before);
      for (const [index, { bound, size }] of tried.entries()) {
        expectRecordsRefused(answers[index] as Answer, refusal(bound, size));
      }
    });
  });
}

/** What is done, or is not for want of what it names, or for the state that it is in. */
const taken: readonly number[] = [200, 201, 204, 207, 404, 409];

/** A text that has a form of its own, and a partition that a record cannot go to, as no topic has so many. */
const isRefusedForMore = ({ at, measure }: Bound, { status, text }: Answer): boolean =>
  status === 422 && (at[0] === 'on_failure' || (measure === 'value' && text.includes('UNKNOWN_TOPIC_OR_PARTITION')));

/** Names alone: groups that were made before go on changing. */
const namesIn = ({ json }: Answer) =>
  (json as { data: { metadata: { resource_name: string } }[] }).data.map(({ metadata }) => metadata.resource_name);

const inwards = ({ end }: Bound): number => (end === 'most' ? -1 : 1);

const within = (bound: Bound): readonly number[] => [bound.limit + inwards(bound), bound.limit];

/** Nothing where there is no such request: a list of less than no items. */
const beyond = (bound: Bound): readonly number[] =>
  [bound.limit - inwards(bound)].filter(size => bound.measure === 'value' || size >= 0);

/** A refusal names the field and the bound, or says that there is no such thing. */
function refusal({ place, at, limit }: Bound, size: number): RegExp {
  const name = at.findLast(each => each !== 0) ?? '';
  const named = `${name.replaceAll('.', '\\.')}.*(?<![0-9])${limit}(?![0-9])`;
  return new RegExp(place === 'path' ? `${named}|there is no .*${size}` : named);
}
