import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { emptyStore, handler } from '../../functions/empty-bucket.ts';
import { CloudFormation } from './cloudformation.ts';

/** A store of `count` objects that counts the deletes it is asked for. */
function storeOf(count: number) {
  const keys = new Set(Array.from({ length: count }, (_, i) => `batches/t/${String(i).padStart(6, '0')}`));
  const deletes: number[] = [];
  return {
    keys,
    deletes,
    async *list() {
      for (const key of [...keys]) yield { key, sizeInBytes: 1, lastModified: 0 };
    },
    async delete(gone: readonly string[]) {
      deletes.push(gone.length);
      for (const key of gone) keys.delete(key);
    },
  };
}

const always = () => true;

describe('emptying a bucket', () => {
  it.each([
    [0, []],
    [1, [1]],
    [999, [999]],
    [1_000, [1_000]],
    [1_001, [1_000, 1]],
    [2_500, [1_000, 1_000, 500]],
  ])('of %i objects deletes at most 1,000 at once', async (count, deletes) => {
    const store = storeOf(count);
    await emptyStore(store, always);
    expect(store.keys.size).toBe(0);
    expect(store.deletes.filter(size => size > 0)).toEqual(deletes);
  });

  it('says so when its time is up, and keeps what it has done', async () => {
    const store = storeOf(3_000);
    let checks = 0;
    await expect(emptyStore(store, () => ++checks <= 1_500)).rejects.toThrow('delete the stack again');
    expect(store.keys.size).toBe(2_000);
  });
});

/** What CloudFormation is told, and with which content type, when it sends an event of `RequestType`. */
async function answerTo(RequestType: string) {
  const cloudFormation = new CloudFormation();
  await cloudFormation.start();
  const event = cloudFormation.event({ RequestType, StackId: 's', LogicalResourceId: 'l', PhysicalResourceId: 'l' });
  await handler(event, { getRemainingTimeInMillis: () => 60_000 } as Context);
  cloudFormation.stop();
  return cloudFormation.answers;
}

describe('CloudFormation', () => {
  const ids = { StackId: 's', RequestId: 'r', LogicalResourceId: 'l', PhysicalResourceId: 'l' };

  it.each(['Create', 'Update'])('is told at once that %s went well, as bytes without a type', async requestType => {
    expect(await answerTo(requestType)).toEqual([{ type: undefined, Status: 'SUCCESS', ...ids }]);
  });

  it('is told why a deletion failed', async () => {
    const Reason = expect.stringContaining('MILLRACE_BUCKET is not set');
    expect(await answerTo('Delete')).toEqual([{ type: undefined, Status: 'FAILED', Reason, ...ids }]);
  });
});
