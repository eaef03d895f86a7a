import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { describe, expect, it } from 'vitest';
import { isRollingBack } from '../../../lib/adapters/aws/stack-status.ts';

/** CloudFormation that says this of the one stack `id`, or fails so. */
const answering = (answer: string | Error) =>
  ({
    async send({ input }: { readonly input: { readonly StackName: string } }) {
      expect(input).toEqual({ StackName: 'id' });
      if (answer instanceof Error) throw answer;
      return { Stacks: [{ StackStatus: answer }] };
    },
  }) as unknown as CloudFormationClient;

describe('a stack', () => {
  it.each([
    ['UPDATE_ROLLBACK_IN_PROGRESS', true],
    ['UPDATE_IN_PROGRESS', false],
    ['CREATE_IN_PROGRESS', false],
    ['UPDATE_ROLLBACK_COMPLETE', false],
  ])('that is %s goes back: %s', async (status, expected) => {
    expect(await isRollingBack(answering(status), 'id')).toBe(expected);
  });

  it('of which nothing is told is an error, with its cause', async () => {
    const cause = Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    await expect(isRollingBack(answering(cause), 'id')).rejects.toMatchObject({ code: 'STORAGE_ERROR', cause });
  });
});
