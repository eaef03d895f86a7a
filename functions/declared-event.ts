/** What CloudFormation asks of a topic or a trigger that a stack declares. */
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Declarer } from '../lib/log/cells.ts';
import type { HandedOver } from '../lib/protocol/declared.ts';

export type DeclaredEvent<Properties> = CloudFormationCustomResourceEvent<HandedOver<Properties>>;

/** The resource that declares it. A stack that is deleted and made again has another id, but the same name. */
export function declarerOf({
  StackId,
  LogicalResourceId,
}: Pick<CloudFormationCustomResourceEvent, 'StackId' | 'LogicalResourceId'>): Declarer {
  const end = StackId.lastIndexOf('/');
  return { name: `${StackId.slice(0, end)}/${LogicalResourceId}`, life: StackId.slice(end + 1) };
}

/** What it said before, where it is updated. */
export const beforeOf = <Handed>(event: CloudFormationCustomResourceEvent<Handed>): Handed | undefined =>
  event.RequestType === 'Update' ? event.OldResourceProperties : undefined;
