/**
 * Answering CloudFormation for a custom resource. It waits for the answer at the URL that it gave, so every way out of the work sends
 * one; where that does not arrive the invocation fails, and Lambda does the work again: it must bear that.
 */
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** An answer may have 4,096 bytes. */
const REASON_LENGTH = 1_000;

/**
 * @param work returns the id by which CloudFormation knows the resource; with another id it is another resource, and the one before it is
 *   to be deleted
 */
export async function answering(event: CloudFormationCustomResourceEvent, work: () => Promise<string>): Promise<void> {
  const outcome = await outcomeOf(event, work);
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  const body = JSON.stringify({ ...outcome, StackId, RequestId, LogicalResourceId });
  // As bytes, for text would be sent with a content type, which the signature in the URL does not cover.
  const response = await fetch(ResponseURL, { method: 'PUT', body: Buffer.from(body) });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status}`);
}

async function outcomeOf(event: CloudFormationCustomResourceEvent, work: () => Promise<string>) {
  try {
    return { Status: 'SUCCESS', PhysicalResourceId: await work() } as const;
  } catch (error) {
    const Reason = String(error).slice(0, REASON_LENGTH);
    // what could not be created has no id yet, and is deleted by what it was to be
    const id = event.RequestType === 'Create' ? event.LogicalResourceId : event.PhysicalResourceId;
    return { Status: 'FAILED', Reason, PhysicalResourceId: id } as const;
  }
}
