/** How a function starts another. */
import { LambdaFunctionInvoker } from '../lib/adapters/aws/function-invoker.ts';
import { createLambdaClient } from '../lib/adapters/aws/lambda-clients.ts';
import type { FunctionInvoker } from '../lib/ports/function-invoker.ts';
import { emulatorEndpoint } from './environment.ts';

export const openInvoker = (): FunctionInvoker =>
  new LambdaFunctionInvoker(createLambdaClient({ endpoint: emulatorEndpoint() }));
