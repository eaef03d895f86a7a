import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpError } from '../../lib/http/http-error.ts';
import { mediaType } from '../../lib/http/media-type.ts';
import { bytesOfBase64, bytesOfJson, plainRecords } from '../../lib/http/plain-records.ts';
import { produceV2Routes } from '../../lib/http/routes/produce-v2.ts';

const [toTopic, toPartition] = produceV2Routes.map(({ body }) => body);

const types = [mediaType.v2Json, mediaType.v2Binary] as const;

/** What a body becomes, or the message that refuses it. */
function outcome(body: typeof toTopic, type: (typeof types)[number], text: string): unknown {
  try {
    return withoutGaps(body?.read(Buffer.from(text), type));
  } catch (error) {
    if (error instanceof HttpError) return error.message;
    throw error;
  }
}

/** Bytes as text, so that it makes no difference which class holds them; members that are `undefined` are not there. */
const withoutGaps = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each,
    ),
  );

/** A member that means nothing and that no plain body has: with it the schema reads the body. */
const bySchema = (text: string): string => text.replace(/\}$/, ',"key_schema":null}');

const data = fc.oneof(
  fc.constantFrom(
    'null',
    '""',
    '"aGk="',
    '"aGk"',
    '1',
    '1.50',
    '{"b": [1, "\\u0041"], "a":0}',
    '"é\\ud83d\\ude00"',
    '[]',
  ),
  fc.json(),
);
const number = fc.constantFrom(
  '0',
  '1',
  '-1',
  '2147483647',
  '2147483648',
  '1.5',
  '1e3',
  '9007199254740993',
  'null',
  '"1"',
  '-0',
);
const member = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('key', 'value'), data) },
  fc.tuple(fc.constantFrom('partition', 'timestamp'), number),
  fc.tuple(fc.constantFrom('headers', 'Value', '__proto__', 'constructor'), fc.constantFrom('null', '[]', '{}')),
);
const record = fc.oneof(
  { weight: 8, arbitrary: fc.array(member, { maxLength: 3 }).map(objectOf) },
  fc.constantFrom('null', '[]', '1', '"text"'),
);
const bodyText = fc.array(record, { maxLength: 3 }).map(records => `{"records":[${records.join(',')}]}`);

function objectOf(members: readonly (readonly [name: string, value: string])[]): string {
  return `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
}

describe('plain records', () => {
  it.each(types)('become just what the schema makes of them, or are refused in its words: %s', type =>
    fc.assert(
      fc.property(bodyText, fc.constantFrom(toTopic, toPartition), (text, body) => {
        expect(outcome(body, type, text)).toEqual(outcome(body, type, bySchema(text)));
      }),
      { numRuns: 2_000 },
    ),
  );

  it.each([
    {
      form: { bytesOf: bytesOfBase64, isPlaced: true },
      body: { records: [{ key: null, value: 'aGk=', partition: 3 }] },
    },
    { form: { bytesOf: bytesOfBase64, isPlaced: false }, body: { records: [{ timestamp: 7 }, {}] } },
    { form: { bytesOf: bytesOfJson, isPlaced: false }, body: { records: [{ value: null }] } },
  ])('are taken without the schema: $body', ({ form, body }) =>
    expect(plainRecords(body, form)).toHaveLength(body.records.length),
  );

  it.each([
    { records: [] },
    { records: [{ value: null }], producer_id: 1 },
    { records: [{ value: null, headers: [] }] },
    { records: [{ value: null, partition: 0 }] },
    { records: [{ value: 'not base64' }] },
    { records: { length: 1 } },
    [{ records: [{}] }],
    null,
  ])('are not: %j', body => expect(plainRecords(body, { bytesOf: bytesOfBase64, isPlaced: false })).toBeUndefined());
});
