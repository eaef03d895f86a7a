import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLambdaTargetClient } from '../../../lib/adapters/aws/lambda-clients.ts';
import { LambdaTriggerTarget } from '../../../lib/adapters/aws/trigger-target.ts';
import { SystemClock } from '../../../lib/adapters/system/system-clock.ts';
import type { TargetAnswer } from '../../../lib/ports/trigger-target.ts';
import { limits } from '../../../lib/protocol/limits.ts';
import { type Answer, cut, ScriptedServer, stall } from './support/scripted-server.ts';

const server = new ScriptedServer();
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
let endpoint: string;
let target: LambdaTriggerTarget;

/** Its waits take no time, and are written down in milliseconds. */
class ImpatientClock extends SystemClock {
  readonly waited: number[] = [];

  override async sleep(ms: number): Promise<void> {
    this.waited.push(ms);
  }
}

let clock: ImpatientClock;

const targetAt = (url: string) =>
  new LambdaTriggerTarget(createLambdaTargetClient({ endpoint: url, region: 'eu-west-1', credentials }), clock);

beforeAll(async () => {
  endpoint = await server.listen();
});

beforeEach(() => {
  clock = new ImpatientClock();
  target = targetAt(endpoint);
});

afterAll(() => server.close());

const returned =
  (body: string): Answer =>
  reply =>
    void reply.writeHead(200).end(body);

const failing =
  (body: string): Answer =>
  reply =>
    void reply.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(body);

const refusing =
  (status: number, name: string): Answer =>
  reply =>
    void reply.writeHead(status, { 'x-amzn-errortype': name }).end(JSON.stringify({ Message: 'because' }));

interface Asked {
  readonly payload?: string;
  readonly timeoutMs?: number;
  readonly name?: string;
}

const invoke = ({ payload = '{}', timeoutMs = 1_000, name = 'f' }: Asked = {}): Promise<TargetAnswer> =>
  target.invoke({ function: name, payload, timeoutMs });

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const began = performance.now();
  return [await work(), performance.now() - began];
}

describe('an invocation', () => {
  it('sends the event as it is, and answers with what the function returned', async () => {
    server.script(returned('{"batchItemFailures":[]}'));
    const answer = await invoke({ payload: '{"records":{"ü-0":[]}}' });
    expect(answer).toEqual({ outcome: 'done', response: '{"batchItemFailures":[]}' });
    expect(server.requests).toEqual(['{"records":{"ü-0":[]}}']);
    expect(server.paths).toEqual(['POST /2015-03-31/functions/f/invocations']);
  });

  it.each([['null'], [''], ['"é"']])('answers with %j', async body => {
    server.script(returned(body));
    expect(await invoke()).toEqual({ outcome: 'done', response: body });
  });

  it('names a function by its ARN, with its alias', async () => {
    server.script(returned('null'));
    await invoke({ name: 'arn:aws:lambda:eu-west-1:123456789012:function:f:live' });
    expect(decodeURIComponent(server.paths[0] ?? '')).toContain('function:f:live/invocations');
  });

  it('takes an event of 6 MiB', async () => {
    server.script(returned('null'));
    const payload = `"${'x'.repeat(limits.triggerEventBytes - 2)}"`;
    expect((await invoke({ payload })).outcome).toBe('done');
    expect(server.requests[0]).toHaveLength(limits.triggerEventBytes);
  });

  it('has a connection of its own: none is left to die while nothing runs', async () => {
    const before = server.connections;
    for (let count = 0; count < 3; count++) {
      server.script(returned('null'));
      await invoke();
    }
    expect(server.connections - before).toBe(3);
  });
});

describe('a function that fails', () => {
  it.each([
    ['{"errorType":"TypeError","errorMessage":"x is not a function","trace":[]}', 'TypeError: x is not a function'],
    ['{"errorMessage":"2026 Task timed out after 3.00 seconds"}', 'Error: 2026 Task timed out after 3.00 seconds'],
    [
      '{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded"}',
      'Function.ResponseSizeTooLarge: Response payload size exceeded',
    ],
    ['{"errorType":7,"errorMessage":{"a":1}}', '7: [object Object]'],
    ['null', 'the function failed: null'],
    ['no JSON', 'the function failed: no JSON'],
  ])('says why: %s', async (body, error) => {
    server.script(failing(body));
    expect(await invoke()).toEqual({ outcome: 'failed', error });
    expect(server.requests).toHaveLength(1);
  });

  it('is not quoted at any length', async () => {
    server.script(failing(JSON.stringify({ errorType: 'E', errorMessage: 'x'.repeat(10_000) })));
    const answer = await invoke();
    expect(answer.outcome === 'failed' && answer.error.length).toBe(500);
  });
});

describe('a function that did not run', () => {
  it.each([
    [429, 'TooManyRequestsException'],
    [429, 'SomethingNew'],
    [400, 'ThrottlingException'],
    [502, 'EC2ThrottledException'],
    [502, 'ENILimitReachedException'],
    [502, 'ENINotReadyException'],
    [502, 'SubnetIPAddressLimitReachedException'],
  ])('for too much is running (%i %s) is throttled, and asked once', async (status, name) => {
    server.script(refusing(status, name));
    expect(await invoke({ timeoutMs: 60_000 })).toEqual({ outcome: 'throttled' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [404, 'ResourceNotFoundException'],
    [403, 'AccessDeniedException'],
    [403, 'ExpiredTokenException'],
    [400, 'InvalidParameterValueException'],
    [400, 'SnapStartTimeoutException'],
    [403, 'EFSMountFailureException'],
    [408, 'EFSMountTimeoutException'],
    [409, 'ResourceConflictException'],
    [415, 'UnsupportedMediaTypeException'],
    [400, 'SomethingNew'],
    [502, 'EC2AccessDeniedException'],
    [502, 'EC2UnexpectedException'],
    [502, 'InvalidSubnetIDException'],
    [502, 'InvalidSecurityGroupIDException'],
    [502, 'InvalidRuntimeException'],
    [502, 'InvalidZipFileException'],
    [502, 'KMSAccessDeniedException'],
    [502, 'KMSDisabledException'],
    [502, 'KMSInvalidStateException'],
    [502, 'KMSNotFoundException'],
    [502, 'ResourceNotReadyException'],
  ])('for something has to be set right (%i %s) is refused at once, with what AWS said', async (status, name) => {
    server.script(refusing(status, name));
    const [answer, ms] = await timed(() => invoke({ timeoutMs: 60_000 }));
    expect(answer).toEqual({ outcome: 'refused', error: `${name}: because` });
    expect(ms).toBeLessThan(5_000);
    expect(server.requests).toHaveLength(1);
  });

  it('for nobody listens is refused at once', async () => {
    const closed = new ScriptedServer();
    const url = await closed.listen();
    await closed.close();
    target = targetAt(url);
    const [answer, ms] = await timed(() => invoke({ timeoutMs: 60_000 }));
    expect(answer).toMatchObject({ outcome: 'refused', error: expect.stringContaining('ECONNREFUSED') });
    expect(ms).toBeLessThan(5_000);
  });
});

/** Begins to answer, and breaks off. */
const breakingOff: Answer = (reply, socket) => {
  reply.writeHead(200, { 'content-length': '10' }).write('half');
  setTimeout(() => socket.destroy(), 50);
};

describe('an event that is too large', () => {
  it('has failed: fewer of its records may pass', async () => {
    server.script(refusing(413, 'RequestTooLargeException'));
    expect(await invoke()).toEqual({ outcome: 'failed', error: 'RequestTooLargeException: because' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a function of which nothing is heard', () => {
  it.each([
    ['the connection is cut', cut],
    ['Lambda has an error of its own', refusing(500, 'ServiceException')],
    ['something between says 503', refusing(503, 'Unknown')],
    ['the answer breaks off', breakingOff],
  ])('where %s is unknown, ten seconds after its timeout and no earlier, and asked once', async (_name, answer) => {
    server.script(answer);
    const [{ outcome }, ms] = await timed(() => invoke({ timeoutMs: 60_000 }));
    expect(outcome).toBe('unknown');
    expect(clock.waited).toHaveLength(1);
    const [waited = 0] = clock.waited;
    expect(waited).toBeLessThanOrEqual(70_000);
    expect(waited + ms).toBeGreaterThanOrEqual(70_000);
    expect(server.requests).toHaveLength(1);
  });

  it('where no answer comes is waited for ten seconds longer than its timeout', async () => {
    server.script(stall);
    const [answer, ms] = await timed(() => invoke({ timeoutMs: 1_000 }));
    expect(answer).toMatchObject({ outcome: 'unknown', error: expect.stringContaining('TimeoutError') });
    expect(ms).toBeGreaterThanOrEqual(10_999);
    expect(ms).toBeLessThan(14_000);
    expect(server.requests).toHaveLength(1);
  }, 20_000);
});
