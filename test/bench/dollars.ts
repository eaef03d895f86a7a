/** From what a request asked of the stores to what it costs. */
import type { Usage } from './meter.ts';
import { assumed, prices } from './prices.ts';

export interface Dollars {
  readonly restApi: number;
  readonly httpApi: number;
  readonly lambda: number;
  readonly dynamoDb: number;
  readonly s3: number;
}

export interface RequestCost {
  readonly usage: Usage;
  /** CPU of the function, in milliseconds. */
  readonly cpuMs: number;
  /** The larger of the request's body and its answer's. */
  readonly bodyBytes: number;
}

/** Of so many requests through the front door, either kind of it. */
export function dollarsOf({ usage, cpuMs, bodyBytes }: RequestCost, requests: number): Dollars {
  const { lambda, apiGateway } = prices;
  const stores = dollarsOfStores(usage);
  return {
    restApi: requests * apiGateway.perRestRequest,
    httpApi: requests * dollarsOfHttpRequest(bodyBytes),
    lambda: requests * (lambda.perRequest + dollarsOfTime(Math.ceil(cpuMs + waitMs(usage)), assumed.memoryInGiB)),
    dynamoDb: requests * stores.dynamoDb,
    s3: requests * stores.s3,
  };
}

export function dollarsOfStores(usage: Usage): Pick<Dollars, 'dynamoDb' | 's3'> {
  const { dynamoDb, s3 } = prices;
  return {
    dynamoDb: dynamoDb.perWriteUnit * usage.writeUnits + dynamoDb.perReadUnit * usage.readUnits,
    s3: s3.perPut * usage.objectPuts + s3.perGet * usage.objectGets,
  };
}

/** One request of an HTTP API, which counts by the larger of its body and its answer. */
export function dollarsOfHttpRequest(bodyBytes: number): number {
  const { perHttpRequest, httpRequestBytes } = prices.apiGateway;
  return perHttpRequest * Math.max(1, Math.ceil(bodyBytes / httpRequestBytes));
}

/** Of a function's time. */
export const dollarsOfTime = (ms: number, memoryInGiB: number): number =>
  prices.lambda.perGiBSecond * (ms / 1e3) * memoryInGiB;

/** Calls to the tables follow one another; the objects of a page are read side by side. */
function waitMs({ writes, gets, queries, objectPuts, objectGets }: Usage): number {
  const put = objectPuts > 0 ? assumed.objectPutMs : 0;
  const get = objectGets > 0 ? assumed.objectGetMs : 0;
  return (writes + gets + queries) * assumed.tableCallMs + put + get;
}

export const withRestApi = ({ restApi, lambda, dynamoDb, s3 }: Dollars): number => restApi + lambda + dynamoDb + s3;

export const withHttpApi = ({ httpApi, lambda, dynamoDb, s3 }: Dollars): number => httpApi + lambda + dynamoDb + s3;
