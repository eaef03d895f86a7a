/** What triggers may name on AWS: functions that can be invoked, and places outside of Millrace where failed records can end. */

/** A function's ARN, with a version or an alias or without; or its name in this account and region. */
const FUNCTION = /^(?:arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:)?[A-Za-z0-9_-]{1,140}(?::[\w$-]{1,128})?$/;
const QUEUE = /^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]{1,80}(?:\.fifo)?$/;
const BUCKET = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/(\P{Cc}*))?$/u;

/** With what comes after it, a key of an object has 1,024 bytes at most. */
const PREFIX_BYTES = 512;

export const refusalOfFunction = (name: string): string | undefined =>
  FUNCTION.test(name) ? undefined : 'expected the ARN or the name of a Lambda function';

export function refusalOfDestination(destination: string): string | undefined {
  if (/\.fifo$/.test(destination)) return 'a FIFO queue would need groups of messages; expected a standard queue';
  if (QUEUE.test(destination)) return undefined;
  const [bucket, prefix = ''] = BUCKET.exec(destination) ?? [];
  if (Buffer.byteLength(prefix) > PREFIX_BYTES)
    return `its prefix has ${Buffer.byteLength(prefix)} bytes, the limit is ${PREFIX_BYTES}`;
  if (bucket !== undefined && prefix.isWellFormed()) return undefined;
  return "expected kafka://<topic>, a queue's ARN, or s3://<bucket>/<prefix>";
}
