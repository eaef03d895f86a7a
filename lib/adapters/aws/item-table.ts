/**
 * The item table on DynamoDB. Each call is one request.
 *
 * A write's commit point is DynamoDB's conditional check. Where the condition fails, DynamoDB hands over the item that stood
 * in the way (ALL_OLD); if it is this very write, whose reply had been lost, the write counts as done.
 */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type {
  CreateResult,
  DeleteResult,
  Item,
  ItemKey,
  ItemTable,
  NewItem,
  QueryOptions,
  QueryPage,
  QueryRange,
  ReplaceResult,
} from '../../ports/item-table.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { checkItem, checkKey, checkRange } from '../check-item.ts';
import { isOwnCreate, isOwnReplace } from '../lost-reply.ts';
import { compareUtf8 } from '../utf8-order.ts';
import { type DynamoItem, fromDynamoItem, toDynamoItem } from './item-attributes.ts';
import { attemptsOf, type CallKind, isNamed, toMillraceError } from './sdk-error.ts';

const KEY_IS_FREE = 'attribute_not_exists(pk)';
const VERSION_IS_STILL = 'v = :version';

/** What became of a conditional write. */
type Verdict =
  | { readonly done: true }
  | { readonly done: false; readonly stored: Item | undefined; readonly attempts: number };

export class DynamoItemTable implements ItemTable {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    checkKey(key);
    const command = new GetItemCommand({ ...this.#at(key), ConsistentRead: true });
    const { Item: stored } = await this.#call(`get ${nameOf(key)}`, 'read', () => this.#client.send(command));
    return stored && fromDynamoItem(stored);
  }

  async create(item: NewItem): Promise<CreateResult> {
    checkItem(item);
    const verdict = await this.#put(item, 1, { ConditionExpression: KEY_IS_FREE });
    if (verdict.done) return { outcome: 'created', item: { ...item, version: 1 } };
    if (verdict.stored === undefined) {
      refuseToGuess(item, 0, verdict);
      // deleted since the condition failed: the key is free again
      return this.create(item);
    }
    if (isOwnCreate(verdict.stored, item)) return { outcome: 'created', item: verdict.stored };
    refuseToGuess(item, 0, verdict);
    return { outcome: 'exists', item: verdict.stored };
  }

  async replace(item: NewItem, version: number): Promise<ReplaceResult> {
    checkItem(item);
    const verdict = await this.#put(item, version + 1, versionIsStill(version));
    if (verdict.done) return { outcome: 'replaced', item: { ...item, version: version + 1 } };
    if (verdict.stored !== undefined && isOwnReplace(verdict.stored, item, version)) {
      return { outcome: 'replaced', item: verdict.stored };
    }
    refuseToGuess(item, version, verdict);
    return { outcome: 'stale', item: verdict.stored };
  }

  async delete(key: ItemKey, version: number): Promise<DeleteResult> {
    checkKey(key);
    const { ConditionExpression, ...condition } = versionIsStill(version);
    const command = new DeleteItemCommand({
      ...this.#at(key),
      ...condition,
      ConditionExpression: `${KEY_IS_FREE} OR ${ConditionExpression}`,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const verdict = await this.#judge(`delete ${nameOf(key)}`, key, () => this.#client.send(command));
    if (verdict.done || verdict.stored === undefined) return { outcome: 'deleted' };
    return { outcome: 'stale', item: verdict.stored };
  }

  async query(range: QueryRange, options: QueryOptions = {}): Promise<QueryPage> {
    checkRange(range);
    // DynamoDB would refuse it
    if (range.to === '' || compareUtf8(range.from, range.to) > 0) return { items: [], more: false };
    const command = new QueryCommand({
      TableName: this.#tableName,
      ...keyCondition(range),
      ConsistentRead: true,
      ScanIndexForward: !options.reverse,
      Limit: options.limit,
    });
    const answer = await this.#call(`query ${range.pk}`, 'read', () => this.#client.send(command));
    return { items: (answer.Items ?? []).map(fromDynamoItem), more: answer.LastEvaluatedKey !== undefined };
  }

  #put(item: NewItem, version: number, condition: { readonly ConditionExpression: string }): Promise<Verdict> {
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: toDynamoItem(item, version),
      ...condition,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#judge(`put ${nameOf(item)}`, item, () => this.#client.send(command));
  }

  /** Sends a conditional write; where its condition fails, finds what stood in the way. */
  async #judge(what: string, key: ItemKey, send: () => Promise<unknown>): Promise<Verdict> {
    try {
      await send();
      return { done: true };
    } catch (error) {
      if (!isNamed(error, 'ConditionalCheckFailedException')) throw toMillraceError(what, 'write', error);
      const old = itemIn(error);
      // none is handed over where there is none, and by emulators that do not know ALL_OLD
      const attempts = attemptsOf(error);
      const stored = old === undefined ? await this.#lookUp(what, key, attempts) : fromDynamoItem(old);
      return { done: false, stored, attempts };
    }
  }

  /** What stands at the key of a write whose condition failed. With two attempts the first may have been applied. */
  async #lookUp(what: string, key: ItemKey, attempts: number): Promise<Item | undefined> {
    try {
      return await this.get(key);
    } catch (error) {
      if (attempts === 1) throw error;
      throw new MillraceError('OUTCOME_UNKNOWN', `${what} lost a reply, and the item cannot be read`, { cause: error });
    }
  }

  async #call<T>(what: string, kind: CallKind, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw toMillraceError(what, kind, error);
    }
  }

  #at({ pk, sk }: ItemKey) {
    return { TableName: this.#tableName, Key: { pk: { S: pk }, sk: { S: sk } } };
  }
}

/**
 * A write of two attempts whose first may have been applied, and then replaced or deleted by others, has no certain outcome.
 * An item at the version right after, or below, shows that it was not: versions go one by one.
 */
function refuseToGuess(item: NewItem, version: number, { stored, attempts }: Extract<Verdict, { done: false }>): void {
  if (attempts === 1 || (stored !== undefined && stored.version <= version + 1)) return;
  const now = stored === undefined ? 'absent' : `at version ${stored.version}`;
  throw new MillraceError(
    'OUTCOME_UNKNOWN',
    `the write of ${nameOf(item)} lost a reply, and the item is ${now}: read it again`,
  );
}

function versionIsStill(version: number) {
  return { ConditionExpression: VERSION_IS_STILL, ExpressionAttributeValues: { ':version': { N: String(version) } } };
}

function keyCondition({ pk, from, to }: QueryRange): Partial<QueryCommandInput> {
  const values = { ':pk': { S: pk }, ':to': { S: to } };
  // no sort key is empty, and none may be compared with an empty one
  return from === ''
    ? { KeyConditionExpression: 'pk = :pk AND sk <= :to', ExpressionAttributeValues: values }
    : {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ...values, ':from': { S: from } },
      };
}

function itemIn(error: unknown): DynamoItem | undefined {
  return error instanceof Error && 'Item' in error ? (error.Item as DynamoItem | undefined) : undefined;
}

function nameOf({ pk, sk }: ItemKey): string {
  return `${pk} ${sk}`;
}
