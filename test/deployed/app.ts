/** The app of the deployed test: the stack of our own app, and one that is not ours beside it. */
import { App } from 'aws-cdk-lib';
import { readOptions } from '../../cdk/options.ts';
import { MillraceStack } from '../../cdk/stack.ts';
import { DownstreamStack } from './downstream/stack.ts';
import { type Revision, revisions } from './downstream/topics.ts';

const revision: Revision = process.argv.includes(revisions.second) ? revisions.second : revisions.first;
// once is enough, it takes its time
const app = new App({ builtinCloudFormationValidation: revision === revisions.first });
const stackName: string = app.node.tryGetContext('stackName');
const options = readOptions(app.node);
const { streams } = new MillraceStack(app, stackName, options);
new DownstreamStack(app, `${stackName}Downstream`, { streams, revision, ...(options.env && { env: options.env }) });
