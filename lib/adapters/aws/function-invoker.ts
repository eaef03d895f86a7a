/** Starting functions on AWS Lambda: an asynchronous invocation, which Lambda queues before it answers. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { FunctionInvoker, Json } from '../../ports/function-invoker.ts';
import { toMillraceError } from './sdk-error.ts';

export class LambdaFunctionInvoker implements FunctionInvoker {
  readonly #client: LambdaClient;

  constructor(client: LambdaClient) {
    this.#client = client;
  }

  async invoke(functionName: string, event: Json): Promise<void> {
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: new TextEncoder().encode(JSON.stringify(event)),
    });
    try {
      await this.#client.send(command);
    } catch (error) {
      throw toMillraceError(`invoke ${functionName}`, 'write', error);
    }
  }
}
