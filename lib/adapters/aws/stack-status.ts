/** How a stack of CloudFormation is getting on. */
import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { toMillraceError } from './sdk-error.ts';

/** Whether what is being asked of the stack's resources is to go back to what they were before. */
export async function isRollingBack(client: CloudFormationClient, stackId: string): Promise<boolean> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackId }));
    return Stacks?.[0]?.StackStatus === 'UPDATE_ROLLBACK_IN_PROGRESS';
  } catch (error) {
    throw toMillraceError(`describe stack ${stackId}`, 'read', error);
  }
}
