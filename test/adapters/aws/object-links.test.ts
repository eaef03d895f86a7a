import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client } from '../../../lib/adapters/aws/clients.ts';
import { S3ObjectLinks } from '../../../lib/adapters/aws/object-links.ts';
import { openS3Bucket, type S3Fixture } from '../../contract/support/aws-stores.ts';
import { type Emulator, startS3Emulator } from '../../contract/support/emulators.ts';

const key = 'segments/t/0/a-b_c.log';

describe('a link to an object on S3', () => {
  let emulator: Emulator;
  let bucket: S3Fixture;
  let name: string;

  beforeAll(async () => {
    emulator = await startS3Emulator();
    bucket = await openS3Bucket(emulator.url);
    name = (await bucket.client.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
    await bucket.store.put(key, Uint8Array.of(1, 2, 3, 4, 5));
  });

  afterAll(async () => {
    await bucket.close();
    await emulator.close();
  });

  it('is signed for an hour, and names the object and nothing else', async () => {
    const credentials = { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' };
    const client = createS3Client({ region: 'eu-west-1', credentials });
    const url = new URL(await new S3ObjectLinks(client, 'bucket').urlOf(key));
    expect(`${url.origin}${url.pathname}`).toBe(`https://bucket.s3.eu-west-1.amazonaws.com/${key}`);
    expect(url.searchParams.get('X-Amz-Expires')).toBe('3600');
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe('T');
  });

  it('answers its bytes, and ranges of them, to whoever has it', async () => {
    const url = await new S3ObjectLinks(bucket.client, name).urlOf(key);
    expect([...new Uint8Array(await (await fetch(url)).arrayBuffer())]).toEqual([1, 2, 3, 4, 5]);
    const part = await fetch(url, { headers: { Range: 'bytes=1-2' } });
    expect(part.status).toBe(206);
    expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([2, 3]);
  });

  it('is 404 where there is no such object', async () => {
    const url = await new S3ObjectLinks(bucket.client, name).urlOf('segments/t/0/none.log');
    expect((await fetch(url)).status).toBe(404);
  });

  it.each(['../x', '', 'a//b'])('is refused to the key %j', async bad => {
    await expect(new S3ObjectLinks(bucket.client, name).urlOf(bad)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
  });

  it('tells of credentials that cannot be had', async () => {
    const credentials = async () => Promise.reject(new Error('no credentials'));
    const client = createS3Client({ region: 'eu-west-1', credentials: credentials as never });
    await expect(new S3ObjectLinks(client, 'bucket').urlOf(key)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
