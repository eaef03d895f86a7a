/** The dispatcher: runs one partition of a trigger, and sees to it by a schedule that none is forgotten. */
import { createS3Client, createSqsClient } from '../lib/adapters/aws/clients.ts';
import { AwsFailureDestination } from '../lib/adapters/aws/failure-destination.ts';
import { createLambdaTargetClient } from '../lib/adapters/aws/lambda-clients.ts';
import { LambdaTriggerTarget } from '../lib/adapters/aws/trigger-target.ts';
import { emulatorEndpoint, functionName } from './environment.ts';
import { openTriggerServices } from './trigger-services.ts';
import { triggersHandler } from './triggers-handler.ts';

/** What fails for longer is tried again when the list of what is due is looked through. */
const LONGEST_PAUSE_MS = 5 * 60_000;

const endpoint = emulatorEndpoint();
// it starts itself, for no variable can tell it its own name
const services = openTriggerServices(functionName());

export const handler = triggersHandler({
  services: {
    ...services,
    target: new LambdaTriggerTarget(createLambdaTargetClient({ endpoint }), services.clock),
    destination: new AwsFailureDestination({ sqs: createSqsClient({ endpoint }), s3: createS3Client({ endpoint }) }),
    bootstrapServers: functionName(),
    longestPauseMs: LONGEST_PAUSE_MS,
    onTriggerFailure: failure => console.warn(JSON.stringify({ level: 'WARN', ...failure })),
  },
  // the console that Lambda provides would put a prefix before the line, and CloudWatch would find no metrics in it
  print: line => process.stdout.write(`${line}\n`),
  onFault: error => console.error(error),
});
