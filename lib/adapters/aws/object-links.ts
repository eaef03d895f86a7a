/**
 * Links to objects on S3: presigned, so that they need no credentials.
 *
 * A link ends with its hour, or sooner with the credentials that signed it: those of a function last some hours. Signing asks
 * nobody.
 */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ObjectLinks } from '../../ports/object-links.ts';
import { checkObjectKey } from '../object-key.ts';
import { toMillraceError } from './sdk-error.ts';

const LIFE_S = 3_600;

export class S3ObjectLinks implements ObjectLinks {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async urlOf(key: string): Promise<string> {
    checkObjectKey(key);
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
    try {
      return await getSignedUrl(this.#client, command, { expiresIn: LIFE_S });
    } catch (error) {
      throw toMillraceError(`sign a link to ${key}`, 'read', error);
    }
  }
}
