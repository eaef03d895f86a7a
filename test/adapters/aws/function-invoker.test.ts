import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LambdaFunctionInvoker } from '../../../lib/adapters/aws/function-invoker.ts';
import { createLambdaClient } from '../../../lib/adapters/aws/lambda-clients.ts';
import { type Answer, cut, json, ScriptedServer } from './support/scripted-server.ts';

const accepted: Answer = reply => void reply.writeHead(202).end();

const refused = (status: number, name: string): Answer => {
  return reply => void reply.writeHead(status, { 'x-amzn-errortype': name }).end('{"message":"m"}');
};

describe('LambdaFunctionInvoker', () => {
  const server = new ScriptedServer();
  let invoker: LambdaFunctionInvoker;

  beforeAll(async () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = createLambdaClient({ endpoint: await server.listen(), region: 'us-east-1', credentials });
    invoker = new LambdaFunctionInvoker(client);
  });
  afterAll(() => server.close());

  it('sends the event as JSON, and is done when it is accepted', async () => {
    server.script(accepted);
    await invoker.invoke('m', { task: 'roll', topicId: 'ü', partition: 1 });
    expect(server.requests).toEqual(['{"task":"roll","topicId":"ü","partition":1}']);
  });

  it('tries again after a cut connection', async () => {
    server.script(cut, accepted);
    await invoker.invoke('m', {});
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    [429, 'TooManyRequestsException', 'THROTTLED'],
    [404, 'ResourceNotFoundException', 'STORAGE_ERROR'],
    [403, 'AccessDeniedException', 'STORAGE_ERROR'],
  ])('turns %i %s into %s, at the first attempt', async (status, name, code) => {
    server.script(refused(status, name));
    await expect(invoker.invoke('m', {})).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  it('does not know the outcome after two attempts', async () => {
    server.script(json(500, {}), json(500, {}));
    await expect(invoker.invoke('m', {})).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });
});
