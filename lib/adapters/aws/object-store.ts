/**
 * The object store on S3.
 *
 * A key is never used again, so a put whose reply was lost is repeated with the same bytes, by the SDK or by the caller. S3
 * verifies the SDK's checksum before it stores, and the SDK verifies it on whole objects that it reads.
 */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ByteRange, ObjectStore, ObjectSummary } from '../../ports/object-store.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { canStartKey, checkObjectKey } from '../object-key.ts';
import { pause } from '../pause.ts';
import { type CallKind, isNamed, toMillraceError } from './sdk-error.ts';

/** S3's own limit of one request. */
const MAX_KEYS_PER_DELETE = 1_000;
/** How often keys that S3 left undeleted are sent again. */
const MAX_DELETE_ROUNDS = 6;
const FIRST_DELETE_BACKOFF_MS = 50;

export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    checkObjectKey(key);
    const command = new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bytes });
    await this.#call(`put ${key}`, 'write', () => this.#client.send(command));
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    checkObjectKey(key);
    try {
      const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range: range && rangeHeader(range) });
      const { Body } = await this.#client.send(command);
      const bytes = await Body?.transformToByteArray();
      return range && bytes ? bytes.subarray(0, Math.max(0, range.end - range.start)) : bytes;
    } catch (error) {
      if (isNamed(error, 'NoSuchKey')) return undefined;
      // the range begins past the object's end
      if (isNamed(error, 'InvalidRange')) return new Uint8Array(0);
      throw toMillraceError(`get ${key}`, 'read', error);
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    keys.forEach(checkObjectKey);
    for (let start = 0; start < keys.length; start += MAX_KEYS_PER_DELETE) {
      await this.#deleteAll(keys.slice(start, start + MAX_KEYS_PER_DELETE));
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectSummary> {
    if (!canStartKey(prefix)) return;
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: token });
      const page = await this.#call(`list ${prefix}`, 'read', () => this.#client.send(command));
      for (const { Key: key, Size: sizeInBytes, LastModified: time } of page.Contents ?? []) {
        if (key !== undefined) yield { key, sizeInBytes: sizeInBytes ?? 0, lastModified: time?.getTime() ?? 0 };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** S3 may answer well and still leave some keys undeleted; those are sent again. */
  async #deleteAll(keys: readonly string[]): Promise<void> {
    let left = keys;
    for (let round = 0; round < MAX_DELETE_ROUNDS; round++) {
      if (round > 0) await pause(FIRST_DELETE_BACKOFF_MS * 2 ** round * Math.random());
      left = await this.#deleteOnce(left);
      if (left.length === 0) return;
    }
    throw new MillraceError('OUTCOME_UNKNOWN', `${left.length} of ${keys.length} objects were not deleted: try again`);
  }

  /** Sends one request and returns the keys that it left. */
  async #deleteOnce(keys: readonly string[]): Promise<readonly string[]> {
    const command = new DeleteObjectsCommand({
      Bucket: this.#bucket,
      Delete: { Objects: keys.map(Key => ({ Key })), Quiet: true },
    });
    const answer = await this.#call(`delete ${keys.length} objects`, 'write', () => this.#client.send(command));
    const failed = (answer.Errors ?? []).filter(({ Code }) => Code !== 'NoSuchKey');
    return failed.flatMap(({ Key }) => Key ?? []);
  }

  async #call<T>(what: string, kind: CallKind, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw toMillraceError(what, kind, error);
    }
  }
}

/** HTTP's ranges include their end and cannot be empty: an empty one asks for a byte, which is cut off. */
function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${Math.max(start, end - 1)}`;
}
