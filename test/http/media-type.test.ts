import { describe, expect, it } from 'vitest';
import { acceptedType, mediaType, sentType } from '../../lib/http/media-type.ts';

const offered = [mediaType.v2Binary, mediaType.v2Json, mediaType.json];

describe('acceptedType', () => {
  it.each([
    [undefined, mediaType.v2Binary],
    ['*/*', mediaType.v2Binary],
    ['application/*', mediaType.v2Binary],
    ['application/json', mediaType.json],
    ['APPLICATION/JSON; charset=utf-8', mediaType.json],
    ['text/html, application/json;q=0.5, */*;q=0.1', mediaType.json],
    ['application/vnd.kafka.json.v2+json;q=0.2, application/json;q=0.3', mediaType.json],
    ['application/vnd.kafka.binary.v2+json;q=0, */*', mediaType.v2Json],
    ['application/json;q=0.5,application/vnd.kafka.json.v2+json;q=0.5', mediaType.v2Json],
  ])('answers %s with %s', (header, type) => {
    expect(acceptedType(header, offered)).toBe(type);
  });

  it.each(['text/html', 'application/vnd.kafka.avro.v2+json', 'application/json;q=0', 'application/json;q=2', ''])(
    'refuses %j with 406 and lists what is offered',
    header => {
      expect(() => acceptedType(header, offered)).toThrow(
        expect.objectContaining({ status: 406, message: expect.stringContaining(offered.join(' or ')) }),
      );
    },
  );

  it('looks at no header of more than 4,096 characters', () => {
    const header = (length: number) => '*/*,'.padEnd(length, 'x');
    expect(acceptedType(header(4_096), offered)).toBe(mediaType.v2Binary);
    expect(() => acceptedType(header(4_097), offered)).toThrow('the limit is 4096');
  });
});

describe('sentType', () => {
  it.each([
    [undefined, mediaType.v2Binary],
    ['application/json', mediaType.json],
    ['Application/JSON;charset=UTF-8', mediaType.json],
  ])('takes %s as %s', (header, type) => {
    expect(sentType(header, offered)).toBe(type);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', '*/*', ''])(
    'refuses %j with 415 and lists what is taken',
    header => {
      expect(() => sentType(header, offered)).toThrow(
        expect.objectContaining({ status: 415, message: expect.stringContaining(offered.join(' or ')) }),
      );
    },
  );
});
