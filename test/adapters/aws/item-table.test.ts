import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoClient } from '../../../lib/adapters/aws/clients.ts';
import { toDynamoItem } from '../../../lib/adapters/aws/item-attributes.ts';
import { DynamoItemTable } from '../../../lib/adapters/aws/item-table.ts';
import type { NewItem } from '../../../lib/ports/item-table.ts';
import { countRequests } from '../../contract/support/request-counter.ts';
import { cut, json, ScriptedServer, stall } from './support/scripted-server.ts';

const TIMEOUT_MS = 150;

const item: NewItem = { pk: 'p', sk: 's', writeId: 'ours', attributes: { n: 1 } };
const foreign: NewItem = { ...item, writeId: 'theirs' };

const error = (name: string, status = 400, more = {}) =>
  json(status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'scripted', ...more });
const conditionFailed = (stored?: NewItem, version = 1) =>
  error('ConditionalCheckFailedException', 400, stored && { Item: toDynamoItem(stored, version) });
const throttled = error('ProvisionedThroughputExceededException');
const ok = json(200, {});

describe('DynamoItemTable', () => {
  const server = new ScriptedServer();
  let table: DynamoItemTable;
  let requests: ReturnType<typeof countRequests>;

  beforeAll(async () => {
    const client = createDynamoClient({
      endpoint: await server.listen(),
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestTimeoutMs: TIMEOUT_MS,
    });
    requests = countRequests(client);
    table = new DynamoItemTable(client, 'items');
  });
  afterAll(() => server.close());

  describe('one call is one request', () => {
    it.each([
      ['create', () => table.create(item), { PutItem: 1 }],
      ['replace', () => table.replace(item, 1), { PutItem: 1 }],
      ['delete', () => table.delete(item, 1), { DeleteItem: 1 }],
      ['get', () => table.get(item), { GetItem: 1 }],
      ['query', () => table.query({ pk: 'p', from: 'a', to: 'b' }), { Query: 1 }],
      ['query of an empty range', () => table.query({ pk: 'p', from: 'b', to: 'a' }), {}],
    ])('%s', async (_what, call, expected) => {
      server.script(ok);
      requests.take();
      await call();
      expect(requests.take()).toEqual(expected);
    });

    it.each([
      ['create', () => table.create(item), 'exists'],
      ['replace', () => table.replace(item, 5), 'stale'],
      ['delete', () => table.delete(item, 5), 'stale'],
    ])('%s too, where the condition fails: DynamoDB hands over the item', async (_what, call, outcome) => {
      server.script(conditionFailed(foreign));
      requests.take();
      expect(await call()).toEqual({ outcome, item: { ...foreign, version: 1 } });
      expect(Object.values(requests.take())).toEqual([1]);
    });

    it('and one more where the emulator hands over nothing', async () => {
      server.script(conditionFailed(), json(200, { Item: toDynamoItem(foreign, 3) }));
      expect(await table.create(item)).toEqual({ outcome: 'exists', item: { ...foreign, version: 3 } });
      expect(requests.take()).toEqual({ PutItem: 1, GetItem: 1 });
    });
  });

  describe('a reply lost on the way, which the SDK tries again', () => {
    it.each([
      ['create', () => table.create(item), conditionFailed(item, 1), 'created'],
      ['replace', () => table.replace(item, 1), conditionFailed(item, 2), 'replaced'],
      ['delete', () => table.delete(item, 1), ok, 'deleted'],
    ])('of a %s that had been applied is done', async (_what, call, second, outcome) => {
      server.script(cut, second);
      expect(await call()).toMatchObject({ outcome });
      expect(server.requests).toHaveLength(2);
    });

    it.each([
      ['create', () => table.create(item), conditionFailed(foreign, 1), 'exists'],
      ['replace', () => table.replace(item, 1), conditionFailed(foreign, 2), 'stale'],
    ])('of a %s is not done where another took its very version', async (_what, call, second, outcome) => {
      server.script(cut, second);
      expect(await call()).toMatchObject({ outcome, item: { writeId: 'theirs' } });
    });

    it.each([
      ['create', 'replaced since', () => table.create(item), [conditionFailed(foreign, 2)]],
      ['replace', 'replaced since', () => table.replace(item, 1), [conditionFailed(foreign, 3)]],
      ['replace', 'gone', () => table.replace(item, 1), [conditionFailed(), ok]],
    ])('of a %s is unknown where the item was %s: it may have been ours', async (_verb, _what, call, answers) => {
      server.script(cut, ...answers);
      await expect(call()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    });

    it('of a read is no loss', async () => {
      server.script(cut, json(200, { Item: toDynamoItem(item, 1) }));
      expect(await table.get(item)).toEqual({ ...item, version: 1 });
    });
  });

  describe('errors', () => {
    const write = () => table.create(item);
    const read = () => table.get(item);

    it.each([
      ['throttled', write, [throttled], 'THROTTLED'],
      ['throttled by name', write, [error('ThrottlingException')], 'THROTTLED'],
      ['throttled by limit', read, [error('RequestLimitExceeded')], 'THROTTLED'],
      ['throttled after a lost reply', write, [cut, throttled], 'OUTCOME_UNKNOWN'],
      ['throttled after a 5xx', write, [error('InternalServerError', 500), throttled], 'OUTCOME_UNKNOWN'],
      ['a read throttled after a lost reply', read, [cut, throttled], 'THROTTLED'],
      ['two replies lost', write, [cut, cut], 'OUTCOME_UNKNOWN'],
      ['two replies to a read lost', read, [cut, cut], 'STORE_UNAVAILABLE'],
      ['5xx twice', write, [error('InternalServerError', 500), error('InternalServerError', 500)], 'OUTCOME_UNKNOWN'],
      [
        '5xx twice on a read',
        read,
        [error('InternalServerError', 500), error('ServiceUnavailable', 503)],
        'STORE_UNAVAILABLE',
      ],
      ['an item too large', write, [error('ValidationException')], 'STORAGE_ERROR'],
      ['no such table', read, [error('ResourceNotFoundException')], 'STORAGE_ERROR'],
      ['an item that Millrace did not write', read, [json(200, { Item: { pk: { S: 'p' } } })], 'STORAGE_ERROR'],
    ])('%s', async (_what, call, answers, code) => {
      server.script(...answers);
      await expect(call()).rejects.toMatchObject({ name: 'MillraceError', code });
      expect(server.requests).toHaveLength(answers.length);
    });

    it('keep their cause', async () => {
      server.script(throttled);
      const cause = expect.objectContaining({ name: 'ProvisionedThroughputExceededException' });
      await expect(write()).rejects.toMatchObject({ cause });
    });

    it.each([
      ['write', write, 'OUTCOME_UNKNOWN'],
      ['read', read, 'STORE_UNAVAILABLE'],
    ])('a stalled store fails a %s within two timeouts', async (_what, call, code) => {
      server.script(stall, stall);
      const begun = performance.now();
      await expect(call()).rejects.toMatchObject({ code });
      expect(performance.now() - begun).toBeLessThan(2 * TIMEOUT_MS + 300);
    });

    it('a store that is not there fails a read as unavailable', async () => {
      const gone = new ScriptedServer();
      const endpoint = await gone.listen();
      await gone.close();
      const client = createDynamoClient({
        endpoint,
        region: 'x',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      });
      await expect(new DynamoItemTable(client, 'items').get(item)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });
  });

  it('writes short names, and the expiry in whole seconds rounded up', () => {
    expect(toDynamoItem({ ...item, expiresAt: 1_700_000_000_001 }, 7)).toEqual({
      pk: { S: 'p' },
      sk: { S: 's' },
      v: { N: '7' },
      w: { S: 'ours' },
      e: { N: '1700000001' },
      n: { N: '1' },
    });
  });
});
