import { describe, expect, it } from 'vitest';
import { throttled } from '../../lib/adapters/memory/faults.ts';
import { errorReply, HttpError, surfaceOf } from '../../lib/http/http-error.ts';
import { type ErrorCode, type ErrorEntry, errorTable, MillraceError } from '../../lib/protocol/errors.ts';
import { errorOf, testApp } from './support.ts';

const codes = Object.keys(errorTable) as ErrorCode[];

describe.each(['v2', 'v3'] as const)('on %s', surface => {
  it.each(codes)('%s is answered as the table says', code => {
    const entry: ErrorEntry = errorTable[code];
    const { status, headers, body } = errorReply(new MillraceError(code, 'the detail'), surface);
    expect(status).toBe(entry[surface].status);
    expect(JSON.parse(String(body))).toEqual({
      error_code: entry[surface].errorCode,
      message: `${entry.kafkaName}: the detail`,
    });
    expect(headers).toEqual({ 'Content-Type': 'application/json', ...(entry.retriable && { 'Retry-After': '1' }) });
  });

  it('answers what is wrong with HTTP with its status as code', () => {
    const { status, body } = errorReply(new HttpError(406, 'no'), surface);
    expect({ status, ...JSON.parse(String(body)) }).toEqual({ status: 406, error_code: 406, message: 'no' });
  });

  it('says nothing of a bug', () => {
    const { status, body } = errorReply(new TypeError('secret'), surface);
    expect({ status, ...JSON.parse(String(body)) }).toEqual({
      status: 500,
      error_code: 500,
      message: 'internal server error',
    });
  });
});

describe('an error', () => {
  it('is of the surface of its path', () => {
    expect(['/v3', '/v3/clusters', '/topics', '/v3x', '/'].map(surfaceOf)).toEqual(['v3', 'v3', 'v2', 'v2', 'v2']);
  });

  it('of a store is answered by the table, and no bug', async () => {
    const { app, worker, bugs } = await testApp();
    worker.faults.next('query', throttled);
    const response = await app.request('/topics');
    expect(await errorOf(response)).toMatchObject({ status: 429, error_code: 42901 });
    expect(response.headers.get('Retry-After')).toBe('1');
    expect(bugs).toEqual([]);
  });

  it('that is a bug reaches the log, and not the client', async () => {
    const { app, services, bugs } = await testApp();
    const bug = new TypeError('secret');
    services.topics.read = () => Promise.reject(bug);
    expect(await errorOf(await app.request('/topics/t'))).toEqual({
      status: 500,
      error_code: 500,
      message: 'internal server error',
    });
    expect(bugs).toEqual([bug]);
  });
});
