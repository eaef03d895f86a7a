/**
 * The app of a run on a deployed stack: our own stack, whose functions reach their stores through a proxy, and beside it the function of
 * a trigger, which tells the run what it is given.
 */
import { App, CfnOutput, Duration } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { MillraceStack } from '../../cdk/stack.ts';

/** An event that the run was not told of has failed. */
const tellRun = `
exports.handler = async event => {
  const answer = await fetch(process.env.RUN_URL, { method: 'POST', body: JSON.stringify(event) });
  if (!answer.ok) throw new Error('the run answered ' + answer.status);
};`;

const app = new App({ builtinCloudFormationValidation: false });
const asked = (name: string): string => String(app.node.getContext(name));
const stack = new MillraceStack(app, asked('stackName'), { frontDoor: 'http', auth: 'none', ephemeral: true });
const { maintenance, dispatcher } = stack.streams.functions;
for (const each of stack.node.findAll()) {
  if (each instanceof LambdaFunction) each.addEnvironment('AWS_ENDPOINT_URL', asked('storesUrl'));
}
const notes = new LambdaFunction(stack, 'Notes', {
  code: Code.fromInline(tellRun),
  handler: 'index.handler',
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.seconds(10),
  environment: { RUN_URL: asked('runUrl') },
});
const outputs = { NotesFunction: notes, MaintenanceFunction: maintenance, DispatcherFunction: dispatcher };
for (const [name, { functionName }] of Object.entries(outputs)) new CfnOutput(stack, name, { value: functionName });
