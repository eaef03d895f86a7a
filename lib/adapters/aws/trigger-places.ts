/** What triggers may name on AWS: functions that can be invoked, and places outside of Millrace where failed records can end. */

/** A function's ARN, with a version or an alias or without; or its name in this account and region. */
const FUNCTION = /^(?:arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:)?[A-Za-z0-9_-]{1,140}(?::[\w$-]{1,128})?$/;
const QUEUE = /^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]{1,80}(?:\.fifo)?$/;
const BUCKET = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/.{0,512})?$/;

export const refusalOfFunction = (name: string): string | undefined =>
  FUNCTION.test(name) ? undefined : 'expected the ARN or the name of a Lambda function';

export function refusalOfDestination(destination: string): string | undefined {
  if (/\.fifo$/.test(destination)) return 'a FIFO queue would need groups of messages; expected a standard queue';
  if (QUEUE.test(destination) || BUCKET.test(destination)) return undefined;
  return "expected kafka://<topic>, a queue's ARN, or s3://<bucket>/<prefix>";
}
