/**
 * What AWS asks, as data: list prices of us-east-1 in dollars, first tier, no free tier, no data transfer; and what the cost
 * table assumes where nothing can be measured here. Looked up in copies of these pages and in price guides of 2025 and 2026.
 */
export const prices = {
  region: 'us-east-1',
  lookedUpOn: '2026-11-22',
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ (standard table class) */
  dynamoDb: { perWriteUnit: 0.625 / 1e6, perReadUnit: 0.125 / 1e6, perGbMonth: 0.25 },
  /** https://aws.amazon.com/s3/pricing/ (S3 Standard) */
  s3: { perPut: 0.005 / 1e3, perGet: 0.0004 / 1e3, perGbMonth: 0.023 },
  /** https://aws.amazon.com/lambda/pricing/ (arm64) */
  lambda: { perRequest: 0.2 / 1e6, perGiBSecond: 0.0000133334 },
  /** https://aws.amazon.com/api-gateway/pricing/ (an HTTP API counts every 512 KiB of a request or its answer) */
  apiGateway: { perRestRequest: 3.5 / 1e6, perHttpRequest: 1 / 1e6, httpRequestBytes: 512 * 1024 },
} as const;

/** A function's time is its CPU, measured here, and its waits for the services at these latencies. */
export const assumed = {
  memoryInGiB: 1,
  tableCallMs: 4,
  objectPutMs: 25,
  objectGetMs: 15,
} as const;

/** What carries triggers in AWS. The memory and the window are those of the stack's own functions; the rest is taken to be so. */
export const assumedOfTriggers = {
  wakeMemoryInMiB: 256,
  dispatcherMemoryInMiB: 512,
  /** A function has one core for each so many, and CPU takes longer in proportion; https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  memoryOfCoreInMiB: 1_769,
  /** From the first entry on, for others; and at most until the stream is looked at, four times a second; https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
  streamWindowMs: 1_000,
  streamPollMs: 250,
  /** From an asynchronous invocation of a warm function to its start, and the way of a synchronous one. */
  asyncStartMs: 50,
  invokeMs: 10,
  /** The function that is invoked. */
  functionMs: 100,
  functionMemoryInMiB: 128,
} as const;
