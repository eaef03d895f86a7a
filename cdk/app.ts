/**
 * The CDK app: `cdk deploy`, with the choices of `options.ts`; `-c stackName=…` for a second deployment in one region.
 */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readOptions } from './options.ts';
import { MillraceStack } from './stack.ts';

const app = new App();
new MillraceStack(app, app.node.tryGetContext('stackName') ?? 'Millrace', readOptions(app.node));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
